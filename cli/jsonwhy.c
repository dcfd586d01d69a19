/* SPDX-License-Identifier: ISC */
#include "jsonwhy.h"

#include <stdbool.h>
#include <string.h>

#define SPACES " \t\r\n"

static bool is_letter(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
}

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

static bool begins(const char *text, const char *with)
{
	return strncmp(text, with, strlen(with)) == 0;
}

/* Where the word begins that the parser stopped at: it is named in the error, or too long a text for that. */
static size_t word_begin(const char *text, const char *error, size_t at)
{
	const char *near = strstr(error, " near '");
	size_t len = near ? strlen(near + 7) : 0;

	if (len > 1 && len - 1 <= at)
		return at - (len - 1);
	if (at > 0 && text[at - 1] == '"')
		for (size_t i = at - 1; i-- > 0;)
			if (text[i] == '"' && (i == 0 || text[i - 1] != '\\'))
				return i;
	return at ? at - 1 : 0;
}

/* What stands before it, spaces aside; '\0': nothing. */
static char char_before(const char *text, size_t at)
{
	while (at > 0 && strchr(SPACES, text[at - 1]))
		at--;
	return at ? text[at - 1] : '\0';
}

static bool is_empty(const char *text, size_t len)
{
	return strspn(text, SPACES) >= len;
}

/* Of a character that no JSON has. */
static const char *why_strange(const char *word)
{
	if (begins(word, "\xef\xbb\xbf"))
		return ": that is a byte order mark; save the file as UTF-8 without one";
	if (*word == '/' || *word == '#')
		return ": JSON has no comments";
	if (*word == '\'' || begins(word, "\xe2\x80\x9c") || begins(word, "\xe2\x80\x9d") ||
	    begins(word, "\xe2\x80\x9e"))
		return ": texts stand in plain double quotes, \"like this\"";
	return "";
}

static const char *why_word(char word, char before, const char *error)
{
	if (before == ',' && (word == '}' || word == ']'))
		return ": there is no comma behind the last one";
	if (begins(error, "':'"))
		return ": between a key and its value stands a colon, \"key\": value";
	if (begins(error, "string or '}'") && (is_letter(word) || is_digit(word)))
		return ": keys stand in double quotes, \"like this\"";
	if (begins(error, "'}'") || begins(error, "']'"))
		return word == '}' || word == ']' || word == ':'
			       ? ": a bracket before it was not closed, or not opened"
			       : ": a comma is missing before it";
	if (begins(error, "invalid token") && is_letter(word))
		return ": words are true, false and null; all others are texts, \"like this\"";
	return "";
}

const char *json_why(const char *text, size_t len, const char *error, size_t at)
{
	size_t begin;
	const char *why;

	if (is_empty(text, len))
		return ": it is empty";
	if (begins(error, "end of file expected"))
		return ": what is before it is whole already; is a bracket closed too early, or twice?";
	if (strstr(error, "near end of file") || begins(error, "premature end"))
		return ": a bracket or a quote was not closed";
	if (begins(error, "unexpected newline"))
		return ": the text was not closed by a quote";
	if (at > len)
		return "";
	begin = word_begin(text, error, at);
	why = why_strange(text + begin);
	return *why ? why : why_word(text[begin], char_before(text, begin), error);
}
