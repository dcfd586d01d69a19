/* SPDX-License-Identifier: ISC */
#include "lab/vm.h"

#include <errno.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "lab/argv.h"
#include "lab/born.h"
#include "util/mac.h"

enum {
	LEAVE_MS = 5000,
	READY_MS = 300, /* by then QEMU has found what it does not like */
};

/* In a value of an option a comma is written twice: QEMU's manual page, under "-drive". */
static char *escape(const char *path)
{
	char *out = need(malloc(2 * strlen(path) + 1)), *p = out;

	for (; *path; path++) {
		if (*path == ',')
			*p++ = ',';
		*p++ = *path;
	}
	*p = '\0';
	return out;
}

const char *vm_console(const struct lab_state *s, const char *name, char out[UNIX_PATH_SIZE])
{
	char file[LAB_NAME_SIZE + 16];

	snprintf(file, sizeof(file), "vm-%s.console", name);
	return state_path(s, file, out);
}

static void add_cards(struct argv *w, const struct lab_state *s, const struct lab_vm *vm)
{
	char mac[MAC_STR_SIZE];

	for (size_t i = 0; i < vm->nics; i++) {
		char *dir = escape(s->dir);

		argv_add(w, "-netdev");
		argv_add(w, "stream,id=n%zu,server=on,addr.type=unix,addr.path=%s/vm-%s-%zu.sock",
			 i, dir, vm->name, i);
		argv_add(w, "-device");
		argv_add(w, "virtio-net-pci,netdev=n%zu,mac=%s", i,
			 mac_format(vm->nic[i].mac, mac));
		free(dir);
	}
}

/*
 * Does the processor help?  Some clouds have a KVM without that (PVM): it answers all that can be asked and runs a vCPU, on which a
 * kernel that was not made for it hangs.
 */
static bool cpu_virtualizes(void)
{
	FILE *in = fopen("/proc/cpuinfo", "re");
	char *line = NULL;
	size_t room = 0;
	bool found = false;

	while (in && !found && getline(&line, &room, in) > 0)
		found = strncmp(line, "flags", strlen("flags")) == 0 &&
			(strstr(line, " vmx") || strstr(line, " svm"));
	free(line);
	if (in)
		fclose(in);
	return found;
}

static void command_line(struct argv *w, const struct lab_state *s, const struct lab_vm *vm)
{
	char path[UNIX_PATH_SIZE];
	char *dir = escape(s->dir), *console = escape(vm_console(s, vm->name, path));

	argv_adds(w, "qemu-system-x86_64", "-name", vm->name);
	argv_adds(w, "-nodefaults", "-no-user-config", "-no-reboot", "-display", "none");
	/* where there is a choice; of two QEMU takes the first that can be opened */
	if (vm->kvm && (!vm->tcg || cpu_virtualizes()))
		argv_adds(w, "-accel", "kvm");
	if (vm->tcg)
		argv_adds(w, "-accel", "tcg");
	argv_add(w, "-m");
	argv_add(w, "%u", vm->memory_mib);
	argv_add(w, "-smp");
	argv_add(w, "%u", vm->cpus);
	argv_add(w, "-chardev");
	argv_add(w, "socket,id=console,path=%s,server=on,wait=off,logfile=%s/vm-%s.log", console,
		 dir, vm->name);
	argv_adds(w, "-serial", "chardev:console");
	free(dir);
	free(console);
	if (vm->kernel) {
		argv_adds(w, "-kernel", vm->kernel);
	}
	if (vm->initrd) {
		argv_adds(w, "-initrd", vm->initrd);
	}
	if (vm->append) {
		argv_adds(w, "-append", vm->append);
	}
	if (vm->disk) {
		char *disk = escape(vm->disk);

		argv_add(w, "-drive");
		argv_add(w, "file=%s,if=virtio", disk);
		free(disk);
	}
	add_cards(w, s, vm);
	for (size_t i = 0; i < vm->args; i++)
		argv_adds(w, vm->arg[i]);
}

/* What it said before it ended. */
static int ended(const struct lab_vm *vm, const char *log, struct fail *f)
{
	FILE *in = fopen(log, "re");
	char text[800] = "";
	size_t n = in ? fread(text, 1, sizeof(text) - 1, in) : 0;

	if (in)
		fclose(in);
	while (n > 0 && text[n - 1] == '\n')
		text[--n] = '\0';
	fail_set(f, STATUS_REFUSED, "the VM %s ended at once", vm->name);
	if (n)
		fail_hint(f, "it said: %s", text);
	return STATUS_REFUSED;
}

static int record(struct lab_state *s, const struct lab_vm *vm, const struct proc *p,
		  struct fail *f)
{
	json_t *vms = json_object_get(s->json, "vms"), *one = proc_json(p);

	if (!vms) {
		vms = need(json_object());
		json_object_set_new(s->json, "vms", vms);
	}
	json_object_set(one, "spec", vm->json);
	json_object_set_new(vms, vm->name, one);
	return state_save(s, f);
}

int vm_start(struct lab_state *s, const struct lab_vm *vm, struct fail *f)
{
	char name[LAB_NAME_SIZE + 16], log[UNIX_PATH_SIZE];
	struct argv w = {.n = 0};
	struct born b;
	struct err e;
	int rc = 0;

	snprintf(name, sizeof(name), "vm-%s.qemu.log", vm->name);
	state_path(s, name, log);
	command_line(&w, s, vm);
	struct born_how how = {
		.pidfd = s->keeper, .enter = CLONE_NEWPID | CLONE_NEWNET, .argv = w.word};

	how.log = state_log(s, name, true, f);
	if (how.log < 0) {
		rc = f->status;
		goto out;
	}
	rc = born_start(&b, &how, &e) ? -1 : born_await(&b, &e);
	close(how.log);
	if (rc) {
		rc = fail_set(f, STATUS_REFUSED, "cannot start the VM %s: %s", vm->name, e.text);
		goto out;
	}
	rc = record(s, vm, &b.proc, f);
	if (rc) {
		born_drop(&b);
		goto out;
	}
	if (born_go(&b, &e)) {
		rc = fail_set(f, STATUS_REFUSED, "cannot start the VM %s: %s", vm->name, e.text);
		fail_hint(f, "apt-get install qemu-system-x86");
		goto out;
	}
	if (proc_ended(b.pidfd, READY_MS))
		rc = ended(vm, log, f);
	close(b.pidfd);
out:
	argv_free(&w);
	return rc;
}

void vm_end(struct lab_state *s, const char *name)
{
	int pidfd = state_proc(s, "vms", name);

	if (pidfd >= 0) {
		proc_end(pidfd, LEAVE_MS);
		close(pidfd);
	}
	json_object_del(json_object_get(s->json, "vms"), name);
}
