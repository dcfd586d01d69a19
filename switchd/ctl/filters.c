/* SPDX-License-Identifier: ISC */
#include "ctl/filters.h"

static int make(struct filters *fs, const char *name, const char *text, struct err *e)
{
	int rc = filters_make(fs, text, e);

	if (rc)
		err_at(e, name);
	return rc;
}

int filters_of_port(const struct port_cfg *p, struct filters *fs, struct err *e)
{
	return make(fs, "filter_in", p->filter_in, e) ?: make(fs, "filter_out", p->filter_out, e);
}

bool filters_are_there(const struct port_cfg *p, const struct filters *fs)
{
	return filters_have(fs, p->filter_in) && filters_have(fs, p->filter_out);
}

static int filters_of_switch(const struct switch_cfg *s, struct filters *fs, struct err *e)
{
	for (size_t i = 0; i < s->ports; i++) {
		int rc = filters_of_port(&s->port[i], fs, e);

		if (rc == 0)
			continue;
		err_at(e, s->port[i].name);
		err_at(e, "ports");
		return rc;
	}
	return 0;
}

int filters_of_config(const struct config *c, struct filters *fs, struct err *e)
{
	filters_sweep(fs);
	for (size_t i = 0; i < c->switches; i++) {
		int rc = filters_of_switch(&c->sw[i], fs, e);

		if (rc == 0)
			continue;
		err_at(e, c->sw[i].name);
		err_at(e, "switches");
		return rc;
	}
	return 0;
}

int filters_load(const char *path, struct config *c, struct filters *fs, struct err *e)
{
	int rc = config_load(path, c, e);

	if (rc)
		return rc;
	rc = filters_of_config(c, fs, e);
	if (rc) {
		config_name_file(path, e);
		config_free(c);
	}
	return rc;
}
