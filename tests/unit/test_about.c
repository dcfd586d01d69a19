/* SPDX-License-Identifier: ISC */
/* Every word that the switch uses for what it does is explained, and told from all others. */
#include "unit.h"

#include <ctype.h>
#include <string.h>

#include "core/about.h"
#include "core/shut.h"
#include "core/stp.h"

static bool find(enum about_kind kind, const char *word, struct about *out)
{
	for (size_t i = 0; about_at(i, out); i++)
		if (out->kind == kind && strcmp(out->word, word) == 0)
			return true;
	return false;
}

static void assert_explained(enum about_kind kind, const char *word)
{
	struct about a;

	if (!find(kind, word, &a))
		fail_msg("%s: %s has no explanation", about_kind_name(kind), word);
}

static void every_drop_is_explained(void **state)
{
	struct about a;

	for (int d = DROP_NONE + 1; d < DROP_COUNT; d++) {
		assert_true(find(ABOUT_DROP, drop_name((enum drop)d), &a));
		assert_ptr_equal(a.means, drop_text((enum drop)d));
	}
	assert_false(find(ABOUT_DROP, "none", &a));
}

static void every_event_is_explained(void **state)
{
	for (int k = 0; k < EVENT_COUNT; k++)
		assert_explained(ABOUT_EVENT, event_name((enum event_kind)k));
}

static void every_state_is_explained(void **state)
{
	static const char *const states[] = {"up", "down", "lost", "listening"};

	for (size_t i = 0; i < sizeof(states) / sizeof(states[0]); i++)
		assert_explained(ABOUT_PORT_STATE, states[i]);
	for (int s = SHUT_NOT + 1; s < SHUT_COUNT; s++)
		assert_explained(ABOUT_SHUT, shut_name((enum shut)s));
	for (int r = 0; r < STP_ROLE_COUNT; r++)
		assert_explained(ABOUT_STP_ROLE, stp_role_name((enum stp_role)r));
	for (int s = 0; s < STP_STATE_COUNT; s++)
		assert_explained(ABOUT_STP_STATE, stp_state_name((enum stp_state)s));
	for (int k = STP_EVENT_GUARD_SHUT; k <= STP_EVENT_CONSISTENT; k++)
		assert_explained(ABOUT_STP_GUARD, stp_event_name((enum stp_event_kind)k));
}

static void assert_sentence(const char *word, const char *s)
{
	if (!s || strlen(s) < 8 || strstr(s, "  ") || s[strlen(s) - 1] != '.')
		fail_msg("%s: \"%s\" is no sentence", word, s ? s : "(nothing)");
}

static void assert_commands(const char *word, const char *s)
{
	for (size_t len; s && *s; s += len, s += *s == '\n') {
		len = strcspn(s, "\n");
		if (strncmp(s, "swctl ", 6) != 0 || len > 60)
			fail_msg("%s: \"%.*s\" is no command", word, (int)len, s);
	}
	if (!s)
		fail_msg("%s: nothing shows more", word);
}

static void every_explanation_is_whole(void **state)
{
	struct about a, b;

	for (size_t i = 0; about_at(i, &a); i++) {
		assert_sentence(a.word, a.means);
		assert_sentence(a.word, a.cause);
		assert_sentence(a.word, a.todo);
		assert_commands(a.word, a.more);
		for (size_t k = 0; k < i; k++) {
			assert_true(about_at(k, &b));
			assert_false(a.kind == b.kind && strcmp(a.word, b.word) == 0);
			assert_true(b.kind <= a.kind); /* kinds stand together */
			assert_string_not_equal(a.means, b.means);
		}
	}
}

static void every_kind_has_a_name(void **state)
{
	for (int k = 0; k < ABOUT_KINDS; k++) {
		assert_non_null(about_kind_name((enum about_kind)k));
		assert_non_null(about_kind_text((enum about_kind)k));
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_drop_is_explained),
		cmocka_unit_test(every_event_is_explained),
		cmocka_unit_test(every_state_is_explained),
		cmocka_unit_test(every_explanation_is_whole),
		cmocka_unit_test(every_kind_has_a_name),
	};

	return cmocka_run_group_tests_name("about", tests, NULL, NULL);
}
