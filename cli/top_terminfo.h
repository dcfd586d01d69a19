/* SPDX-License-Identifier: ISC */
/*
 * top_terminfo.h - whether this kind of terminal (TERM) can show a picture.
 */
#ifndef CLI_TOP_TERMINFO_H
#define CLI_TOP_TERMINFO_H

/*
 * NULL, or why it cannot.  Asked before ncurses begins, which forgets to free what it has where it
 * cannot begin.
 */
const char *top_terminal_lacks(void);

#endif
