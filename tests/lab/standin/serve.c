/* One service: a loop over its listeners, its clients, its signals and its orders. */
#include "standin.h"

#include <arpa/inet.h>
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

enum { MAX_CLIENTS = 64, BUFFER = 8192, FLOOD_BATCH = 400 };

struct client {
    int fd, port;
    bool websocket;
    size_t len;
    char peer[64];
    char buf[BUFFER];
};

static struct {
    const struct role *role;
    struct behaviour b;
    int signals, control, listeners[MAX_PORTS];
    struct client clients[MAX_CLIENTS];
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

static void drop(struct client *c)
{
    close(c->fd);
    c->fd = -1;
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
    for (int i = 0; i < MAX_CLIENTS; i++)
        if (s.clients[i].fd >= 0)
            drop(&s.clients[i]);
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

/* --- requests -------------------------------------------------------------------------------------------------- */

static void take_client(int i)
{
    struct sockaddr_in6 from;
    socklen_t size = sizeof from;
    int fd = accept4(s.listeners[i], (struct sockaddr *)&from, &size, SOCK_CLOEXEC);
    for (int k = 0; fd >= 0 && k < MAX_CLIENTS; k++) {
        struct client *c = &s.clients[k];
        char address[INET6_ADDRSTRLEN] = "0.0.0.0";
        if (c->fd >= 0)
            continue;
        if (from.sin6_family == AF_INET6)
            inet_ntop(AF_INET6, &from.sin6_addr, address, sizeof address);
        else
            inet_ntop(AF_INET, &((struct sockaddr_in *)&from)->sin_addr, address, sizeof address);
        *c = (struct client){.fd = fd, .port = s.role->ports[i]};
        snprintf(c->peer, sizeof c->peer, "%s:%d", address + (strncmp(address, "::ffff:", 7) ? 0 : 7), ntohs(from.sin6_port));
        return;
    }
    if (fd >= 0)
        close(fd);
}

static void header(const char *head, const char *name, char *out, size_t size)
{
    const char *line = head;
    *out = 0;
    while ((line = strstr(line, "\r\n")) && *(line += 2))
        if (!strncasecmp(line, name, strlen(name)) && line[strlen(name)] == ':') {
            const char *value = line + strlen(name) + 1;
            value += strspn(value, " ");
            snprintf(out, size, "%.*s", (int)strcspn(value, "\r"), value);
            return;
        }
}

/* False while the request is not yet whole. */
static bool read_request(struct client *c, struct request *q)
{
    char length[32], *end;
    c->buf[c->len] = 0;
    if (!(end = strstr(c->buf, "\r\n\r\n")))
        return false;
    *q = (struct request){.port = c->port};
    header(c->buf, "Content-Length", length, sizeof length);
    size_t body = (size_t)atol(length), have = c->len - (size_t)(end + 4 - c->buf);
    if (have < body && c->len < BUFFER - 1)
        return false;
    sscanf(c->buf, "%7s %255s", q->method, q->path);
    snprintf(q->body, sizeof q->body, "%.*s", (int)have, end + 4);
    snprintf(q->peer, sizeof q->peer, "%s", c->peer);
    header(c->buf, "Sec-WebSocket-Key", q->websocket_key, sizeof q->websocket_key);
    return true;
}

static bool send_text(int fd, const char *text, size_t size)
{
    return send(fd, text, size, MSG_NOSIGNAL) == (ssize_t)size;
}

static const char *reason(int status)
{
    return status == 200 ? "OK" : status == 401 ? "Unauthorized" : status == 404 ? "Not Found" : "Internal Server Error";
}

static void answer(struct client *c, const struct request *q)
{
    struct response r = {0};
    char text[WORDS + 512];
    if (s.b.unauthorized) {
        r = (struct response){.status = 401, .type = "application/json"};
        snprintf(r.body, sizeof r.body, "{\"detail\":\"Unauthorized\"}");
    } else
        s.role->answer(q, &r, &s.b);
    int n = snprintf(text, sizeof text,
                     "HTTP/1.1 %d %s\r\nServer: %s\r\nContent-Type: %s\r\nContent-Length: %zu\r\nConnection: close\r\n\r\n%s",
                     r.status, reason(r.status), s.role->server, r.type, strlen(r.body),
                     strcmp(q->method, "HEAD") ? r.body : "");
    send_text(c->fd, text, (size_t)n);
    s.role->log_request(q, r.status);
    shutdown(c->fd, SHUT_WR);
    drop(c);
}

static void upgrade(struct client *c, const struct request *q)
{
    char accept[64], text[256];
    websocket_accept(q->websocket_key, accept, sizeof accept);
    int n = snprintf(text, sizeof text,
                     "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
                     "Sec-WebSocket-Accept: %s\r\n\r\n",
                     accept);
    send_text(c->fd, text, (size_t)n);
    s.role->log_request(q, 101);
    c->websocket = true;
    c->len = 0;
}

static void read_client(struct client *c)
{
    struct request q;
    ssize_t n = recv(c->fd, c->buf + c->len, BUFFER - 1 - c->len, 0);
    if (n <= 0) {
        drop(c);
        return;
    }
    c->len += (size_t)n;
    if (c->websocket) {
        int done = websocket_frames(c->fd, (unsigned char *)c->buf, c->len);
        if (done < 0 || (c->len -= (size_t)done) == BUFFER - 1)
            drop(c);
        else
            memmove(c->buf, c->buf + done, c->len);
    } else if (read_request(c, &q)) {
        if (*q.websocket_key && q.port == 28080 && !s.b.unauthorized)
            upgrade(c, &q);
        else
            answer(c, &q);
    } else if (c->len == BUFFER - 1)
        drop(c);
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
    for (int i = 0; i < MAX_CLIENTS; i++) /* a frozen service keeps its clients and reads nothing */
        fds[2 + MAX_PORTS + i] = (struct pollfd){.fd = s.b.freeze ? -1 : s.clients[i].fd, .events = POLLIN};
    if (poll(fds, sizeof fds / sizeof *fds, wait > 0 ? (int)(wait * 1000) + 1 : 0) <= 0)
        return;
    if (fds[0].revents)
        read_signals();
    if (fds[1].revents)
        answer_order();
    for (int i = 0; i < MAX_PORTS; i++)
        if (fds[2 + i].revents & POLLIN && fds[2 + i].fd == s.listeners[i])
            take_client(i);
    for (int i = 0; i < MAX_CLIENTS; i++)
        if (fds[2 + MAX_PORTS + i].revents && fds[2 + MAX_PORTS + i].fd == s.clients[i].fd)
            read_client(&s.clients[i]);
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
    for (int i = 0; i < MAX_CLIENTS; i++)
        s.clients[i].fd = -1;
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
