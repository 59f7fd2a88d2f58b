/* Those who ask a service: HTTP requests, one a connection, and WebSockets. */
#include "standin.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum { BUFFER = 8192 };

static struct client {
    int fd; /* 0: a free place */
    int port;
    bool websocket;
    size_t len;
    char peer[64];
    char buf[BUFFER];
} clients[MAX_CLIENTS];

static void drop(struct client *c)
{
    if (c->fd)
        close(c->fd);
    c->fd = 0;
}

void clients_drop(void)
{
    for (int i = 0; i < MAX_CLIENTS; i++)
        drop(&clients[i]);
}

void clients_watch(struct pollfd *fds, bool frozen)
{
    for (int i = 0; i < MAX_CLIENTS; i++)
        fds[i] = (struct pollfd){.fd = frozen || !clients[i].fd ? -1 : clients[i].fd, .events = POLLIN};
}

void client_take(int listener, int port)
{
    struct sockaddr_storage from;
    socklen_t size = sizeof from;
    int fd = accept4(listener, (struct sockaddr *)&from, &size, SOCK_CLOEXEC);
    for (int i = 0; fd >= 0 && i < MAX_CLIENTS; i++) {
        struct client *c = &clients[i];
        char text[INET6_ADDRSTRLEN] = "", *address = text;
        const struct sockaddr_in6 *v6 = (struct sockaddr_in6 *)&from;
        const struct sockaddr_in *v4 = (struct sockaddr_in *)&from;
        if (c->fd)
            continue;
        if (from.ss_family == AF_INET6)
            inet_ntop(AF_INET6, &v6->sin6_addr, text, sizeof text);
        else
            inet_ntop(AF_INET, &v4->sin_addr, text, sizeof text);
        if (!strncmp(address, "::ffff:", 7))
            address += 7;
        *c = (struct client){.fd = fd, .port = port};
        snprintf(c->peer, sizeof c->peer, "%s:%d", address, ntohs(v4->sin_port)); /* both kinds have it in the same place */
        return;
    }
    if (fd >= 0)
        close(fd);
}

/* --- requests -------------------------------------------------------------------------------------------------- */

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

static bool send_text(int fd, const char *text, int size)
{
    return send(fd, text, (size_t)size, MSG_NOSIGNAL) == size;
}

static const char *reason(int status)
{
    return status == 200 ? "OK" : status == 401 ? "Unauthorized" : status == 404 ? "Not Found" : "Internal Server Error";
}

static void answer(struct client *c, const struct request *q, const struct role *role, struct behaviour *b)
{
    struct response r = {0};
    char text[WORDS + 512];
    if (b->unauthorized) {
        r = (struct response){.status = 401, .type = "application/json"};
        snprintf(r.body, sizeof r.body, "{\"detail\":\"Unauthorized\"}");
    } else
        role->answer(q, &r, b);
    int n = snprintf(text, sizeof text,
                     "HTTP/1.1 %d %s\r\nServer: %s\r\nContent-Type: %s\r\nContent-Length: %zu\r\nConnection: close\r\n\r\n%s",
                     r.status, reason(r.status), role->server, r.type, strlen(r.body),
                     strcmp(q->method, "HEAD") ? r.body : "");
    if (send_text(c->fd, text, n))
        role->log_request(q, r.status);
    drop(c);
}

static void upgrade(struct client *c, const struct request *q, const struct role *role)
{
    char accept[64], text[256];
    websocket_accept(q->websocket_key, accept, sizeof accept);
    int n = snprintf(text, sizeof text,
                     "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
                     "Sec-WebSocket-Accept: %s\r\n\r\n",
                     accept);
    if (!send_text(c->fd, text, n)) {
        drop(c);
        return;
    }
    role->log_request(q, 101);
    c->websocket = true;
    c->len = 0;
}

static void read_client(struct client *c, const struct role *role, struct behaviour *b)
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
        if (*q.websocket_key && q.port == 28080 && !b->unauthorized)
            upgrade(c, &q, role);
        else
            answer(c, &q, role, b);
    } else if (c->len == BUFFER - 1)
        drop(c);
}

void clients_read(const struct pollfd *fds, const struct role *role, struct behaviour *b)
{
    for (int i = 0; i < MAX_CLIENTS; i++)
        if (fds[i].revents && fds[i].fd == clients[i].fd)
            read_client(&clients[i], role, b);
}
