/* SPDX-License-Identifier: ISC */
/*
 * state.h - the labs that run: where each is written down, and what is.
 *
 * A lab is a folder of its own, of the user's who started it (DIR below):
 *
 *	state.json	the processes, and what each was made of; replaced in one step
 *	lab.json	the lab file as it was read
 *	lock		held by who changes the lab
 *	keeper		locked by the keeper
 *	switchd.sock	the control socket
 *	*.sock *.log hosts
 *
 * Nothing of a lab survives its first process (lab/keeper.h) but this folder, so a lab whose keeper is no more is a
 * crashed one: all that is left to do is to remove the folder.  One of which state.json was spoiled, or is another version's, is
 * taken for such; its keeper is still found, by its lock.
 */
#ifndef CLI_LAB_STATE_H
#define CLI_LAB_STATE_H

#include <jansson.h>
#include <stdbool.h>

#include "fail.h"
#include "lab/model.h"
#include "lab/proc.h"
#include "util/address.h"

enum { LAB_DIR_SIZE = UNIX_PATH_SIZE - 44 }; /* "vm-NAME-NN.sock" is what has to fit behind it */

struct lab_state {
	char name[LAB_NAME_SIZE];
	char dir[LAB_DIR_SIZE];
	int lock;     /* -1 = not held */
	json_t *json; /* state.json; an empty object where there is none */
	int keeper;   /* descriptor of the first process; -1 = the lab does not run */
	int stop_fd; /* readable when the person wants to stop (ctx_catch_stop()); -1 = nobody asks */
	bool user;   /* it has a user namespace of its own... */
	bool inside; /* ...and this process is in there: keeper_enter() */
};

/*
 * Reads what is written of the lab of that name: 0, or a status with *f filled.  That there is no such lab is no error:
 * s->json is empty then.  On an error there is nothing to close.  With `change` its lock is taken first, waiting for who has it, and the folder made.
 */
int state_open(struct lab_state *s, const char *name, bool change, struct fail *f);
void state_close(struct lab_state *s);

/* Is there a folder, be it of a crashed lab?  Does the lab run? */
bool state_exists(const struct lab_state *s);
bool state_runs(const struct lab_state *s);

/* Does the person want to stop?  Then which signal said so, once. */
bool state_stopped(const struct lab_state *s);
int state_stop_signal(const struct lab_state *s);

/* Writes s->json down. */
int state_save(struct lab_state *s, struct fail *f);

/* DIR/name, in `out`, which is returned. */
const char *state_path(const struct lab_state *s, const char *name, char out[UNIX_PATH_SIZE]);

/* Opens DIR/name for the words of a process, behind what is there or (`anew`) instead of it; -1 with *f filled. */
int state_log(const struct lab_state *s, const char *name, bool anew, struct fail *f);

/*
 * The lab as it was when it was brought up: the file outside may have changed since.  Of one that never was complete
 * *lab is empty.  0, or a status with *f filled; to be freed with lab_free().
 */
int state_lab(const struct lab_state *s, struct lab *lab, struct fail *f);

/* Removes the folder, its lock held. */
int state_remove(struct lab_state *s, struct fail *f);

/* The process that stands under "group" and "name" ("name" NULL: under "group"); a descriptor, or -1 where it is no more. */
int state_proc(const struct lab_state *s, const char *group, const char *name);

/* The names of all labs of the user, an array of strings in order; a new reference. */
json_t *state_names(void);

/*
 * The lab that is meant: the one named, or where `name` is NULL the only one there is.  Fills `out`; or a status with
 * *f filled.
 */
int state_find(const char *name, char out[LAB_NAME_SIZE], struct fail *f);

/*
 * The same of a word that may be a lab file as well: the lab that was made of it, or else the one that it describes, up or not.  Where `given` is NULL,
 * what --lab says, or NULL.
 */
int state_meant(const char *given, const char *option, char out[LAB_NAME_SIZE], struct fail *f);

/* Where the control socket of that lab is, whether it runs or not: for --lab. */
const char *state_socket(const char *name, char out[UNIX_PATH_SIZE]);

/* May a lab be called so?  Letters, digits, '-' and '_', the first a letter or digit, at most 31. */
bool state_name_ok(const char *name);

#endif
