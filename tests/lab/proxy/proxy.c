/* The demo's port proxy. The engine runs in a network of its own, so that it touches nothing of the machine's; its published
 * ports shall answer on the machine all the same. The engine starts this in the place of its own docker-proxy, once per
 * published port, with the same arguments and the same way to report on descriptor 3; it listens in the network that the
 * file $LAB_OUTER_NETWORK names, and connects in the engine's. UDP and SCTP are not carried. */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <poll.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum { REPORT = 3 };

union address {
    struct sockaddr any;
    struct sockaddr_in v4;
    struct sockaddr_in6 v6;
};

struct pair {
    int from, to;
};

static union address target;

static socklen_t length(const union address *a)
{
    return a->any.sa_family == AF_INET6 ? sizeof a->v6 : sizeof a->v4;
}

static void fail(const char *what)
{
    dprintf(REPORT, "1\n%s: %s", what, strerror(errno));
    exit(1);
}

static union address read_address(const char *ip, const char *port)
{
    union address a = {0};
    uint16_t number = htons((uint16_t)atoi(port));
    if (inet_pton(AF_INET, ip, &a.v4.sin_addr) == 1) {
        a.v4.sin_family = AF_INET;
        a.v4.sin_port = number;
    } else if (inet_pton(AF_INET6, ip, &a.v6.sin6_addr) == 1) {
        a.v6.sin6_family = AF_INET6;
        a.v6.sin6_port = number;
    } else {
        errno = EINVAL;
        fail(ip);
    }
    return a;
}

static const char *option(int argc, char **argv, const char *name)
{
    for (int i = 1; i + 1 < argc; i++)
        if (!strcmp(argv[i], name))
            return argv[i + 1];
    errno = EINVAL;
    fail(name);
    return NULL;
}

/* Listens in the outer network; afterwards the process is back in the engine's. */
static int listen_outside(const union address *host)
{
    const char *path = getenv("LAB_OUTER_NETWORK");
    int inner = open("/proc/self/ns/net", O_RDONLY | O_CLOEXEC), outer = open(path ? path : "", O_RDONLY | O_CLOEXEC), on = 1;
    if (outer < 0 || setns(outer, CLONE_NEWNET))
        fail("cannot enter the outer network");
    int fd = socket(host->any.sa_family, SOCK_STREAM | SOCK_CLOEXEC, 0);
    setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
    if (bind(fd, &host->any, length(host)) || listen(fd, 128))
        fail("listen tcp");
    if (setns(inner, CLONE_NEWNET))
        fail("cannot return to the engine's network");
    return fd;
}

static void copy(int from, int to)
{
    char buffer[65536];
    ssize_t n;
    while ((n = read(from, buffer, sizeof buffer)) > 0)
        for (ssize_t at = 0, m; at < n; at += m)
            if ((m = write(to, buffer + at, (size_t)(n - at))) <= 0) {
                shutdown(from, SHUT_RD);
                return;
            }
    shutdown(to, SHUT_WR);
}

static void *copy_back(void *argument)
{
    const struct pair *pair = argument;
    copy(pair->from, pair->to);
    return NULL;
}

static void *carry(void *argument)
{
    int client = (int)(intptr_t)argument, server = socket(target.any.sa_family, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (!connect(server, &target.any, length(&target))) {
        struct pair back = {server, client};
        pthread_t thread;
        if (!pthread_create(&thread, NULL, copy_back, &back)) {
            copy(client, server);
            pthread_join(thread, NULL);
        }
    }
    close(server);
    close(client);
    return NULL;
}

int main(int argc, char **argv)
{
    if (strcmp(option(argc, argv, "-proto"), "tcp")) {
        errno = EPROTONOSUPPORT;
        fail("the lab's proxy");
    }
    signal(SIGPIPE, SIG_IGN);
    union address host = read_address(option(argc, argv, "-host-ip"), option(argc, argv, "-host-port"));
    target = read_address(option(argc, argv, "-container-ip"), option(argc, argv, "-container-port"));
    int listener = listen_outside(&host);
    dprintf(REPORT, "0\n");
    close(REPORT);
    for (;;) {
        pthread_t thread;
        int client = accept4(listener, NULL, NULL, SOCK_CLOEXEC);
        if (client < 0)
            continue;
        if (pthread_create(&thread, NULL, carry, (void *)(intptr_t)client))
            close(client);
        else
            pthread_detach(thread);
    }
}
