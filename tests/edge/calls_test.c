// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The filters of the engine's two threads, tried call by call: each in a process of its own that
 * loads the filter first. And the same lists for other architectures, by reading the programs
 * that the kernel would be given. That everything else works under them, every other test of the
 * daemon shows, for they are always on.
 */
#include "support/test.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/netlink.h>
#include <linux/seccomp.h>
#include <netinet/in.h>
#include <signal.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "edge/sandbox.h"
#include "edge/starter.h"
#include "net/filter.h"

/* --- tried ---------------------------------------------------------------------------------- */

static int program_start(void)
{
	static char *const argv[] = {"true", NULL};

	return execve("/bin/true", argv, argv + 1);
}

static int process_start(void)
{
	return fork() > 0;
}

static int code_map(void)
{
	return mmap(NULL, 4096, PROT_READ | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0) !=
	       MAP_FAILED;
}

static int data_make_code(void)
{
	void *p = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	return mprotect(p, 4096, PROT_READ | PROT_EXEC);
}

static int file_append(void)
{
	return open("/dev/null", O_WRONLY | O_APPEND);
}

/* Through a link, wherever that leads. */
static int file_overwrite(void)
{
	return open("/dev/null", O_WRONLY | O_CREAT | O_TRUNC, 0600);
}

static int file_link(void)
{
	return symlink("/etc/shadow", "/tmp/wayside-calls-test");
}

static int file_rights(void)
{
	return chmod("/tmp/wayside-calls-test", 0777);
}

static int other_signal(void)
{
	return kill(1, 0);
}

static int self_signal_other(void)
{
	return (int)syscall(SYS_tgkill, getpid(), getpid(), SIGUSR1);
}

static int other_trace(void)
{
	return (int)ptrace(PTRACE_ATTACH, 1, 0, 0);
}

static int user_change(void)
{
	return setuid(0);
}

static int dumpable_change(void)
{
	return prctl(PR_SET_DUMPABLE, 1, 0, 0, 0);
}

static int socket_tcp(void)
{
	return socket(AF_INET, SOCK_STREAM, 0);
}

static int socket_packet(void)
{
	return socket(AF_PACKET, SOCK_RAW, 0);
}

static int socket_raw(void)
{
	return socket(AF_INET, SOCK_RAW, IPPROTO_ICMP);
}

static int socket_audit(void)
{
	return socket(AF_NETLINK, SOCK_RAW, NETLINK_AUDIT);
}

/* What iptables-legacy's tables are replaced by. */
static int tables_replace(void)
{
	return setsockopt(socket(AF_INET, SOCK_DGRAM, 0), IPPROTO_IP, 64, "", 1);
}

static int server_start(void)
{
	return listen(socket(AF_UNIX, SOCK_STREAM, 0), 1);
}

static int address_add(void)
{
	char ifr[64] = "lo";

	return ioctl(socket(AF_INET, SOCK_DGRAM, 0), 0x8916 /* SIOCSIFADDR */, ifr);
}

static int namespace_leave(void)
{
	return (int)syscall(SYS_unshare, 0);
}

static int filter_again(void)
{
	return prctl(PR_SET_SECCOMP, SECCOMP_MODE_STRICT);
}

/* The rest is what a call returned: 0 is good. */
static int sockets(void)
{
	static const int kinds[][3] = {{AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0},
				       {AF_UNIX, SOCK_DGRAM, 0},
				       {AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0},
				       {AF_INET6, SOCK_DGRAM | SOCK_CLOEXEC, 0},
				       {AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_NETFILTER}};
	int pair[2];

	for (size_t i = 0; i < ARRAY_LEN(kinds); i++)
		if (socket(kinds[i][0], kinds[i][1], kinds[i][2]) < 0)
			return 1;
	return socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair);
}

static int file_kept(void)
{
	char folder[64], file[80];
	int err, fd = -1;

	snprintf(folder, sizeof(folder), "/tmp/wayside-calls-%d", getpid());
	snprintf(file, sizeof(file), "%s/a", folder);
	err = mkdir(folder, 0700) || files_store(folder, "a", "text", 4, true, &fd) ||
	      files_store(folder, "a", "other", 5, true, &fd) ||
	      files_store_more(folder, "a", fd, "more", 4) || unlink(file);
	return err || unlinkat(AT_FDCWD, folder, AT_REMOVEDIR);
}

static int file_read(void)
{
	char *text;
	size_t len;

	return files_recall("/proc/self", "status", &text, &len) != 0;
}

static int ring_refused(void)
{
	return syscall(SYS_io_uring_setup, 1, NULL) != -1 || errno != ENOSYS;
}

static const struct filter_list *const engine[] = {&runtime_calls, &engine_calls};
static const struct filter_list *const starter[] = {&runtime_calls, &net_calls, &starter_calls};

/* How a process that loads the filter and then calls does end: as wait(2) tells it. */
static int ending(const struct filter_list *const *lists, size_t n, uint32_t otherwise,
		  int (*call)(void))
{
	int status;
	pid_t pid = fork();

	if (!pid) {
		prctl(PR_SET_DUMPABLE, 0, 0, 0, 0); /* no core of the processes that are killed */
		_exit(filter_load(lists, n, otherwise) ? 99 : call() != 0);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	return status;
}

static int engine_ending(int (*call)(void))
{
	return ending(engine, ARRAY_LEN(engine), FILTER_KILL, call);
}

static void what_ends_the_engine(void **state)
{
	static const struct {
		const char *name;
		int (*call)(void);
	} cases[] = {
		{"starting a program", program_start},
		{"starting a process", process_start},
		{"mapping code", code_map},
		{"making data code", data_make_code},
		{"writing to a file that is there", file_append},
		{"writing through a link", file_overwrite},
		{"making a link", file_link},
		{"changing a file's rights", file_rights},
		{"signalling others", other_signal},
		{"signalling itself but to abort", self_signal_other},
		{"tracing others", other_trace},
		{"changing the user", user_change},
		{"changing what was given up", dumpable_change},
		{"speaking TCP", socket_tcp},
		{"reading packets", socket_packet},
		{"making packets", socket_raw},
		{"another netlink", socket_audit},
		{"replacing tables of iptables-legacy", tables_replace},
		{"being a server", server_start},
		{"setting addresses the old way", address_add},
		{"leaving its namespace", namespace_leave},
		{"another filter", filter_again},
	};
	(void)state;

	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		int status = engine_ending(cases[i].call);

		if (!WIFSIGNALED(status) || WTERMSIG(status) != SIGSYS)
			fail_msg("%s: wait status 0x%x", cases[i].name, (unsigned int)status);
	}
}

static void what_the_engine_may(void **state)
{
	static int (*const calls[])(void) = {sockets, file_kept, file_read, ring_refused};
	(void)state;

	for (size_t i = 0; i < ARRAY_LEN(calls); i++)
		if (engine_ending(calls[i]))
			fail_msg("call %zu", i);
}

static int exit_of_abort(void)
{
	abort();
}

static void abort_is_told_from_a_forbidden_call(void **state)
{
	int status = engine_ending(exit_of_abort);
	(void)state;

	assert_true(WIFSIGNALED(status) && WTERMSIG(status) == SIGABRT);
}

/* Refused, not ended: newer loaders and C libraries try newer calls first. */
static int starter_may_not(void)
{
	void *p = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	return mprotect(p, 4096, PROT_READ | PROT_WRITE | PROT_EXEC) != -1 ||
	       syscall(SYS_unshare, 0) != -1 || open("/dev/null", O_WRONLY) != -1 ||
	       ptrace(PTRACE_ATTACH, 1, 0, 0) != -1 || kill(1, SIGTERM) != -1 ||
	       symlink("a", "/tmp/wayside-calls-test") != -1 || prctl(PR_SET_MM, 0, 0, 0, 0) != -1;
}

/* /bin/true, loader and all, under the filter that it inherits. */
static int starter_may(void)
{
	pid_t pid = fork();
	siginfo_t info;

	if (!pid)
		_exit(program_start());
	return pid < 0 || waitid(P_PID, (id_t)pid, &info, WEXITED) != -1 || errno != ENOSYS;
}

/* Its exit status is seen by whoever has waitid(2): the starter has not. */
static int program_runs(void)
{
	return program_start() + 1;
}

static void what_the_starter_may(void **state)
{
	(void)state;
	assert_int_equal(
		ending(starter, ARRAY_LEN(starter), FILTER_REFUSE(ENOSYS), starter_may_not), 0);
	assert_int_equal(ending(starter, ARRAY_LEN(starter), FILTER_REFUSE(ENOSYS), starter_may),
			 0);
	assert_int_equal(ending(starter, ARRAY_LEN(starter), FILTER_REFUSE(ENOSYS), program_runs),
			 0);
}

/* --- read ----------------------------------------------------------------------------------- */

/* What a filter for that architecture says of a call: the program run as the kernel does. */
static uint32_t program_says(const struct sock_filter *p, const struct seccomp_data *d)
{
	uint32_t a = 0;

	for (;; p++) {
		uint32_t k = p->k, yes = 0;

		switch (p->code) {
		case BPF_LD | BPF_W | BPF_ABS:
			memcpy(&a, (const char *)d + k, sizeof(a));
			continue;
		case BPF_ALU | BPF_AND | BPF_K:
			a &= k;
			continue;
		case BPF_RET | BPF_K:
			return k;
		case BPF_JMP | BPF_JA:
			p += k;
			continue;
		case BPF_JMP | BPF_JEQ | BPF_K:
			yes = a == k;
			break;
		case BPF_JMP | BPF_JGT | BPF_K:
			yes = a > k;
			break;
		case BPF_JMP | BPF_JGE | BPF_K:
			yes = a >= k;
			break;
		case BPF_JMP | BPF_JSET | BPF_K:
			yes = (a & k) != 0;
			break;
		default:
			fail_msg("an instruction 0x%x", p->code);
		}
		p += yes ? p->jt : p->jf;
	}
}

struct arch {
	const char *name;
	uint32_t scmp, audit;
	const char *calls; /* of glibc and musl on it, that the engine cannot do without */
};

#define EVERYWHERE                                                                             \
	"read write writev close fstat getdents64 getcwd fsync fcntl inotify_add_watch "       \
	"inotify_rm_watch brk munmap mremap madvise futex getrandom clock_gettime getpid "     \
	"epoll_ctl epoll_pwait accept4 shutdown connect bind sendto sendmsg recvfrom recvmsg " \
	"getsockopt getsockname pidfd_open waitid wait4 rt_sigaction rt_sigprocmask "          \
	"rt_sigreturn exit exit_group lseek statx sysinfo sched_getaffinity "
#define ARM32                                                                                 \
	EVERYWHERE "_llseek fcntl64 stat64 lstat64 fstat64 fstatat64 clock_gettime64 "        \
		   "futex_time64 ppoll_time64 send recv poll epoll_wait rename unlink mkdir " \
		   "readlink geteuid32 sigreturn restart_syscall "

static const struct arch archs[] = {
	{"x86_64", SCMP_ARCH_X86_64, AUDIT_ARCH_X86_64,
	 EVERYWHERE "newfstatat stat lstat rename unlink mkdir readlink poll epoll_wait geteuid"},
	{"x86", SCMP_ARCH_X86, AUDIT_ARCH_I386, ARM32 "waitpid"},
	{"aarch64", SCMP_ARCH_AARCH64, AUDIT_ARCH_AARCH64,
	 EVERYWHERE "newfstatat renameat unlinkat mkdirat readlinkat ppoll geteuid"},
	{"arm", SCMP_ARCH_ARM, AUDIT_ARCH_ARM, ARM32},
#ifdef AUDIT_ARCH_RISCV64
	{"riscv64", SCMP_ARCH_RISCV64, AUDIT_ARCH_RISCV64,
	 EVERYWHERE "newfstatat renameat2 unlinkat mkdirat readlinkat ppoll geteuid"},
#endif
};

#define FORBIDDEN "execve ptrace setns unshare mount kill init_module bpf fchmodat setresuid"

struct program {
	struct sock_filter at[4096];
	const struct arch *arch;
};

static void program_make(struct program *p, const struct arch *arch)
{
	scmp_filter_ctx ctx = seccomp_init(FILTER_KILL);
	FILE *f = tmpfile();

	assert_non_null(ctx);
	seccomp_arch_remove(ctx, SCMP_ARCH_NATIVE);
	assert_int_equal(seccomp_arch_add(ctx, arch->scmp), 0);
	for (size_t i = 0; i < ARRAY_LEN(engine); i++)
		assert_int_equal(filter_add(ctx, engine[i]), 0);
	assert_int_equal(seccomp_export_bpf(ctx, fileno(f)), 0);
	seccomp_release(ctx);
	rewind(f);
	memset(p->at, 0, sizeof(p->at));
	assert_true(fread(p->at, sizeof(p->at[0]), ARRAY_LEN(p->at), f) > 0);
	assert_true(feof(f));
	fclose(f);
	p->arch = arch;
}

static bool is_allowed(const struct program *p, const char *call, uint64_t a0, uint64_t a1,
		       uint64_t a2)
{
	struct seccomp_data d = {.arch = p->arch->audit, .args = {a0, a1, a2}};

	d.nr = seccomp_syscall_resolve_name_arch(p->arch->scmp, call);
	if (d.nr == __NR_SCMP_ERROR)
		fail_msg("there is no call %s", call);
	if (d.nr <= -101 && d.nr >= -120) { /* the old way of 32-bit x86, socketcall(2) */
		d.args[0] = (unsigned int)(-100 - d.nr);
		d.nr = 102;
	}
	if (d.nr < 0)
		fail_msg("%s has no call %s", p->arch->name, call);
	return program_says(p->at, &d) == SECCOMP_RET_ALLOW;
}

static void expect_each(const struct program *p, const char *names, bool allowed)
{
	char copy[1024], *rest = copy, *name;

	snprintf(copy, sizeof(copy), "%s", names);
	while ((name = strsep(&rest, " ")))
		if (*name && is_allowed(p, name, 0, 0, 0) != allowed)
			fail_msg("%s on %s", name, p->arch->name);
}

static void the_list_holds_for_other_machines(void **state)
{
	static struct program p;
	(void)state;

	for (size_t i = 0; i < ARRAY_LEN(archs); i++) {
		const char *map = strstr(archs[i].calls, "_llseek") ? "mmap2" : "mmap";

		program_make(&p, &archs[i]);
		expect_each(&p, archs[i].calls, true);
		expect_each(&p, FORBIDDEN, false);
		assert_true(is_allowed(&p, map, 0, 4096, PROT_READ | PROT_WRITE));
		assert_false(is_allowed(&p, map, 0, 4096, PROT_READ | PROT_EXEC));
		assert_true(is_allowed(&p, "openat", 0, 0, O_RDONLY | O_CLOEXEC | O_DIRECTORY));
		assert_false(is_allowed(&p, "openat", 0, 0, O_RDWR));
		assert_true(is_allowed(&p, "ioctl", 0, FIONBIO, 0));
		assert_false(is_allowed(&p, "ioctl", 0, TIOCSTI, 0));
		if (archs[i].scmp == SCMP_ARCH_X86)
			continue; /* arguments of socketcall(2) cannot be seen */
		assert_true(is_allowed(&p, "socket", AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC,
				       NETLINK_NETFILTER));
		assert_false(is_allowed(&p, "socket", AF_INET, SOCK_STREAM, 0));
	}
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_ends_the_engine),
		cmocka_unit_test(what_the_engine_may),
		cmocka_unit_test(abort_is_told_from_a_forbidden_call),
		cmocka_unit_test(what_the_starter_may),
		cmocka_unit_test(the_list_holds_for_other_machines),
	};

	if (!CONFINE_FULLY) {
		puts("SKIP: a build with AddressSanitizer has no filter");
		return 77;
	}
	return cmocka_run_group_tests(tests, NULL, NULL);
}
