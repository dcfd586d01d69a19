/* SPDX-License-Identifier: ISC */
/*
 * checks_report.c - how checks ended, for programs: JSON and JUnit's XML.
 */
#include <inttypes.h>
#include <stdlib.h>

#include "check_impl.h"
#include "lab/checks.h"

const char *outcome_name(enum check_outcome o)
{
	static const char *const names[] = {
		[CHECK_PASS] = "pass",
		[CHECK_FAIL] = "fail",
		[CHECK_ERROR] = "error",
		[CHECK_STOPPED] = "stopped",
	};

	return names[o];
}

static json_t *one_json(const struct check *c, const struct check_result *r)
{
	json_t *o =
		need(json_pack("{s:s, s:s, s:s, s:I, s:I}", "name", c->name, "kind", c->kind->name,
			       "result", r ? outcome_name(r->outcome) : "skipped", "points",
			       (json_int_t)(r && r->outcome == CHECK_PASS ? c->points : 0),
			       "points_max", (json_int_t)c->points));

	if (*c->hint)
		json_object_set_new(o, "hint", json_string(c->hint));
	if (!r)
		return o;
	json_object_set_new(o, "expected", json_string(r->expected));
	json_object_set_new(o, "observed", json_string(r->observed ? r->observed : ""));
	json_object_set(o, "why", r->why);
	json_object_set_new(o, "seconds", json_real(r->seconds));
	return o;
}

json_t *checks_json(const struct checks *all)
{
	struct checks_score s = checks_count(all);
	json_t *list = need(json_array());

	for (size_t i = 0; i < all->n; i++)
		json_array_append_new(
			list, one_json(&all->check[i], i < all->done ? &all->result[i] : NULL));
	return need(json_pack("{s:s, s:s, s:i, s:i, s:i, s:i, s:I, s:I, s:f, s:o}", "lab",
			      all->lab->name, "file", all->lab->path ? all->lab->path : "",
			      "passed", (int)s.passed, "failed", (int)s.failed, "errors",
			      (int)s.broken, "skipped", (int)(all->n - all->done), "points",
			      (json_int_t)s.points, "points_max", (json_int_t)s.of, "seconds",
			      all->seconds, "checks", list));
}

/*
 * XML 1.0 section 2.2: control characters may not even be written as references.  Attributes and texts alike; a newline in an attribute
 * would be read as a space.
 */
static void xml(FILE *out, const char *text)
{
	static const char *const named[128] = {
		['&'] = "&amp;",  ['<'] = "&lt;",   ['>'] = "&gt;",
		['"'] = "&quot;", ['\n'] = "&#10;", ['\t'] = "&#9;",
	};
	json_t *valid = json_string(text); /* NULL: no UTF-8 */

	for (const unsigned char *p = (const unsigned char *)text; *p; p++) {
		if (*p < 128 && named[*p])
			fputs(named[*p], out);
		else if (*p < 0x20 || *p == 0x7f || (*p >= 0x80 && !valid))
			fputc('?', out);
		else if (*p == 0xef && p[1] == 0xbf && (p[2] == 0xbe || p[2] == 0xbf)) {
			fputc('?', out); /* U+FFFE and U+FFFF are UTF-8, and no characters */
			p += 2;
		} else
			fputc(*p, out);
	}
	json_decref(valid);
}

static void xml_attribute(FILE *out, const char *name, const char *text)
{
	fprintf(out, " %s=\"", name);
	xml(out, text);
	fputc('"', out);
}

static void junit_case(FILE *out, const struct check *c, const struct check_result *r)
{
	bool bad = r && r->outcome == CHECK_FAIL, broken = r && r->outcome == CHECK_ERROR;
	json_t *v;
	size_t i;

	fputs("    <testcase", out);
	xml_attribute(out, "name", c->name);
	xml_attribute(out, "classname", c->kind->name);
	fprintf(out, " time=\"%.3f\">\n", r ? r->seconds : 0);
	fprintf(out,
		"      <properties><property name=\"points\" value=\"%" PRId64
		"\"/></properties>\n",
		c->points);
	if (bad || broken) {
		fprintf(out, "      <%s", bad ? "failure" : "error");
		xml_attribute(out, "message", r->observed ? r->observed : "");
		fputs(">expected: ", out);
		xml(out, r->expected);
		json_array_foreach (r->why, i, v) {
			fputc('\n', out);
			xml(out, json_string_value(v));
		}
		if (*c->hint) {
			fputs("\nhint: ", out);
			xml(out, c->hint);
		}
		fprintf(out, "</%s>\n", bad ? "failure" : "error");
	} else if (!r || r->outcome == CHECK_STOPPED) {
		fputs("      <skipped/>\n", out);
	}
	fputs("    </testcase>\n", out);
}

bool checks_junit(FILE *out, const struct checks *all)
{
	struct checks_score s = checks_count(all);
	size_t errors = 0, skipped = all->n - all->done;

	for (size_t i = 0; i < all->done; i++) {
		errors += all->result[i].outcome == CHECK_ERROR;
		skipped += all->result[i].outcome == CHECK_STOPPED;
	}
	fputs("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites>\n  <testsuite", out);
	xml_attribute(out, "name", all->lab->name);
	fprintf(out,
		" tests=\"%zu\" failures=\"%zu\" errors=\"%zu\" skipped=\"%zu\" time=\"%.3f\">\n",
		all->n, s.failed, errors, skipped, all->seconds);
	fprintf(out,
		"    <properties><property name=\"points\" value=\"%" PRId64
		"\"/><property name=\"points_max\" value=\"%" PRId64 "\"/></properties>\n",
		s.points, s.of);
	for (size_t i = 0; i < all->n; i++)
		junit_case(out, &all->check[i], i < all->done ? &all->result[i] : NULL);
	fputs("  </testsuite>\n</testsuites>\n", out);
	return fflush(out) == 0 && !ferror(out);
}
