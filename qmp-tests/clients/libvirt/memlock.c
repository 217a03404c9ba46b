/*
 * Stands for the limits of a process, where they cannot be changed: says that they were. To be preloaded into
 * libvirtd, which raises the limit on locked memory for a guest with a device of the host.
 */
#define _GNU_SOURCE
#include <stddef.h>
#include <sys/resource.h>
#include <sys/types.h>

int prlimit64(pid_t pid, enum __rlimit_resource resource, const struct rlimit64 *limit, struct rlimit64 *old)
{
    (void)pid;
    (void)limit;
    if (old != NULL)
        old->rlim_cur = old->rlim_max = resource == RLIMIT_MEMLOCK ? 64 << 10 : RLIM64_INFINITY;
    return 0;
}
