/* SPDX-License-Identifier: ISC */
/*
 * capture_file.h - a capture as files of the form pcapng: one, standard output, or a ring of files of which the oldest go.
 *
 * What is written is a whole file at any time it is flushed: where the disk is full, what was begun and did not fit is taken
 * back, so that what is there can be read.
 */
#ifndef CLI_CAPTURE_FILE_H
#define CLI_CAPTURE_FILE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "capture_text.h"
#include "fail.h"

struct capture_files {
	const char *path; /* NULL = standard output */
	uint64_t size;	  /* bytes after which another file is begun; 0 = never */
	double seconds;	  /* the same by time */
	unsigned keep;	  /* so many files, then the oldest goes; 0 = all */
	uint32_t snaplen; /* what interfaces say */
};

/* Of one port: frames that were seen and lost, over all that were called the same. */
struct capture_interface {
	struct capture_interface *next;
	char name[2 * NAME_SIZE], description[2 * NAME_SIZE];
	uint32_t port;	     /* its number; a port that is made again has another */
	int index;	     /* in the file that is being written; -1 = it is not in there */
	uint64_t seen, lost; /* of that number */
	uint64_t seen_before, lost_before; /* of those before */
};

struct capture_file {
	struct capture_files how;
	struct capture_interface *interfaces;
	int fd; /* -1 = none is open */
	bool regular;
	char *open_path;  /* of the one that is open */
	unsigned number;  /* of files so far, where there are several */
	unsigned in_file; /* interfaces */
	double began;	  /* capture_clock() */
	uint64_t written; /* bytes of the file, with those in the buffer */
	uint64_t frames;  /* that are in files */
	uint64_t last_ns; /* time of the last frame */
	uint8_t *buf;
	size_t len;
	bool gone; /* nobody reads any more */
	int stop_fd; /* readable when somebody wants it to end, who then need not wait for a reader; -1 = nobody does */
};

/* Opens the first file.  0, or a status with *f filled. */
int capture_file_open(struct capture_file *o, const struct capture_files *how, int stop_fd,
		      struct fail *f);

/* The interface of a port that was not met yet, or of the one that had the name before. */
struct capture_interface *capture_file_interface(struct capture_file *o, const char *name,
						 const struct capture_port *port);

int capture_file_frame(struct capture_file *o, struct capture_interface *i,
		       const struct capture_frame *frame, const char *comment, struct fail *f);

/* Writes out what is in the buffer.  o->gone: there is no reader any more, which is no failure. */
int capture_file_flush(struct capture_file *o, struct fail *f);

/* Ends the file with what was seen and lost at each interface.  The memory is given back by capture_file_free(). */
int capture_file_close(struct capture_file *o, struct fail *f);
void capture_file_free(struct capture_file *o);

#endif
