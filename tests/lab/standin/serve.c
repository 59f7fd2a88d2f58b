/* One service: a loop over its ports, its signals, its orders, and what it does by itself. */
#include "standin.h"

#include <errno.h>
#include <netinet/in.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { FLOOD_BATCH = 400 };

static struct {
    const struct role *role;
    struct behaviour b;
    int signals, control, listeners[MAX_PORTS];
    bool open, started;
    double open_at, crash_at, chatter_at, flood_at, memory_at, noise_at;
    long chattered, flooded, noises, eaten;
} s;

double now(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

/* --- ports ----------------------------------------------------------------------------------------------------- */

static int listen_on(int port)
{
    struct sockaddr_in6 any = {.sin6_family = AF_INET6, .sin6_port = htons((uint16_t)port), .sin6_addr = in6addr_any};
    struct sockaddr_in any4 = {.sin_family = AF_INET, .sin_port = htons((uint16_t)port)};
    int on = 1, fd = socket(AF_INET6, SOCK_STREAM | SOCK_CLOEXEC, 0);
    bool v6 = fd >= 0;
    if (!v6)
        fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
    int bad = v6 ? bind(fd, (struct sockaddr *)&any, sizeof any) : bind(fd, (struct sockaddr *)&any4, sizeof any4);
    if (bad || listen(fd, 64)) {
        warn("[Errno %d] error while attempting to bind on address ('0.0.0.0', %d): %s", errno, port, strerror(errno));
        exit(1);
    }
    return fd;
}

static void open_ports(void)
{
    for (int i = 0; i < MAX_PORTS; i++)
        if (s.role->ports[i])
            s.listeners[i] = listen_on(s.role->ports[i]);
    s.open = true;
    say("%s", s.role->ready_line);
}

static void close_ports(void)
{
    for (int i = 0; i < MAX_PORTS; i++)
        if (s.listeners[i] >= 0) {
            close(s.listeners[i]);
            s.listeners[i] = -1;
        }
    clients_drop();
    s.open = false;
}

/* --- orders ---------------------------------------------------------------------------------------------------- */

static void write_line(const char *path)
{
    char when[64];
    FILE *file = fopen(path, "a");
    stamp(when, sizeof when, "%Y-%m-%dT%H:%M:%SZ");
    if (!file || fprintf(file, "%s %s\n", s.role->name, when) < 0)
        warn("cannot write %s: %s", path, strerror(errno));
    if (file)
        fclose(file);
}

/* Takes the behaviour over, at start or on an order. */
static bool take_orders(void)
{
    char why[WORDS + 64];
    double t = now();
    if (!behaviour_load(&s.b, why, sizeof why)) {
        warn("%s", why);
        return false;
    }
    s.crash_at = s.b.crash < 0 ? -1 : t + s.b.crash;
    s.chatter_at = s.flood_at = s.memory_at = s.noise_at = t;
    if (s.started)
        s.chatter_at += s.b.chatter;
    s.flooded = 0;
    if (s.b.slow_start > 0 || !s.open) {
        close_ports();
        s.open_at = t + s.b.slow_start;
    }
    if (*s.b.write)
        write_line(s.b.write);
    return true;
}

static void answer_order(void)
{
    int fd = accept4(s.control, NULL, NULL, SOCK_CLOEXEC);
    if (fd < 0)
        return;
    take_orders();
    if (write(fd, "ok", 2) != 2)
        warn("standin: nobody waits for the answer");
    close(fd);
}

static int listen_for_orders(void)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX, .sun_path = CONTROL_SOCKET};
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    unlink(CONTROL_SOCKET);
    if (bind(fd, (struct sockaddr *)&address, sizeof address) || listen(fd, 8)) {
        warn("standin: takes no orders: %s: %s", CONTROL_SOCKET, strerror(errno));
        close(fd);
        return -1;
    }
    chmod(CONTROL_SOCKET, 0777); /* whoever may exec into the container may give orders */
    return fd;
}

/* --- ends ------------------------------------------------------------------------------------------------------ */

static void crash(void)
{
    const char *words = *s.b.last_words ? s.b.last_words : s.role->last_words;
    warn("%s", words);
    exit(s.b.exit_code);
}

static void read_signals(void)
{
    struct signalfd_siginfo info;
    while (read(s.signals, &info, sizeof info) == sizeof info) {
        if (info.ssi_signo == SIGCHLD) {
            while (waitpid(-1, NULL, WNOHANG) > 0)
                ;
            continue;
        }
        if (s.b.ignore_term) {
            say("Received %s, still busy", strsignal((int)info.ssi_signo));
            continue;
        }
        say("Received %s, shutting down", strsignal((int)info.ssi_signo));
        close_ports();
        say("Finished");
        exit(0);
    }
}

/* --- what happens by itself ------------------------------------------------------------------------------------ */

static void flood(double t)
{
    static char batch[FLOOD_BATCH * 128];
    size_t size = 0;
    long due = s.b.flood > 0 ? (long)((t - s.flood_at) * s.b.flood) + 1 - s.flooded : FLOOD_BATCH;
    if (s.b.flood_lines && due > s.b.flood_lines - s.flooded)
        due = s.b.flood_lines - s.flooded;
    while (due-- > 0 && size + (size_t)s.b.flood_width + 32 < sizeof batch)
        size += flood_line(batch + size, sizeof batch - size, s.flooded++, s.b.flood_width);
    for (size_t at = 0; at < size;) {
        ssize_t n = write(STDOUT_FILENO, batch + at, size - at);
        if (n <= 0)
            return;
        at += (size_t)n;
    }
    if (s.b.flood_lines && s.flooded >= s.b.flood_lines)
        s.b.flood = -1;
}

static void eat(double t)
{
    enum { MIB = 1 << 20, ENOUGH = 1024 };
    for (long due = (long)((t - s.memory_at) * s.b.eat_memory) + 1; s.eaten < due && s.eaten < ENOUGH; s.eaten++) {
        char *piece = malloc(MIB);
        if (piece)
            memset(piece, (int)s.eaten | 1, MIB);
    }
    if (s.eaten >= ENOUGH) {
        warn("standin: ate 1 GiB and nobody minded: is there no memory limit?");
        exit(1);
    }
}

static double sooner(double a, double b)
{
    return a < b ? a : b;
}

/* Does what is due and returns when something is due again. */
static double act(void)
{
    double t = now(), next = t + 3600;
    if (s.crash_at >= 0 && t >= s.crash_at)
        crash();
    if (s.crash_at >= 0)
        next = sooner(next, s.crash_at);
    if (!s.open && t >= s.open_at)
        open_ports();
    if (!s.open)
        next = sooner(next, s.open_at);
    if (s.open && s.b.chatter > 0) {
        if (t >= s.chatter_at) {
            const char *const *lines = s.role->chatter;
            long count = 0;
            while (lines[count])
                count++;
            if (s.started)
                say("%s", lines[s.chattered++ % count]);
            s.chatter_at = t + s.b.chatter;
        }
        next = sooner(next, s.chatter_at);
    }
    if (s.b.flood >= 0) {
        flood(t);
        if (s.b.flood >= 0)
            next = sooner(next, s.b.flood > 0 ? t + 0.02 : t);
    }
    if (s.b.noise != NOISE_NONE) {
        if (t >= s.noise_at) {
            make_noise(s.b.noise, s.noises++);
            s.noise_at = t + 0.1;
        }
        next = sooner(next, s.noise_at);
    }
    if (s.b.eat_memory >= 0) {
        eat(t);
        next = sooner(next, t + 0.05);
    }
    s.started = s.started || s.open;
    return next;
}

static void turn(void)
{
    struct pollfd fds[2 + MAX_PORTS + MAX_CLIENTS];
    double wait = act() - now();
    fds[0] = (struct pollfd){.fd = s.signals, .events = POLLIN};
    fds[1] = (struct pollfd){.fd = s.control, .events = POLLIN};
    for (int i = 0; i < MAX_PORTS; i++)
        fds[2 + i] = (struct pollfd){.fd = s.listeners[i], .events = POLLIN};
    clients_watch(fds + 2 + MAX_PORTS, s.b.freeze);
    if (poll(fds, sizeof fds / sizeof *fds, wait > 0 ? (int)(wait * 1000) + 1 : 0) <= 0)
        return;
    if (fds[0].revents)
        read_signals();
    if (fds[1].revents)
        answer_order();
    for (int i = 0; i < MAX_PORTS; i++)
        if (fds[2 + i].revents & POLLIN && fds[2 + i].fd == s.listeners[i])
            client_take(s.listeners[i], s.role->ports[i]);
    clients_read(fds + 2 + MAX_PORTS, s.role, &s.b);
}

static int take_signals(void)
{
    sigset_t set;
    sigemptyset(&set);
    sigaddset(&set, SIGTERM);
    sigaddset(&set, SIGINT);
    sigaddset(&set, SIGQUIT);
    sigaddset(&set, SIGCHLD);
    sigprocmask(SIG_BLOCK, &set, NULL);
    signal(SIGPIPE, SIG_IGN);
    return signalfd(-1, &set, SFD_NONBLOCK | SFD_CLOEXEC);
}

int serve(const struct role *role)
{
    s.role = role;
    s.signals = take_signals();
    clients_drop();
    for (int i = 0; i < MAX_PORTS; i++)
        s.listeners[i] = -1;
    for (const char *const *text = role->startup; *text; text++)
        say("%s", *text);
    s.control = listen_for_orders();
    if (!role_check_mounts(role) || !take_orders())
        return 1;
    for (;;)
        turn();
}
