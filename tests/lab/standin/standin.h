/* A stand-in for the four services of the stack: small, static, and willing to misbehave on command. See README.md. */
#ifndef STANDIN_H
#define STANDIN_H

#include <stdbool.h>
#include <stddef.h>

/* Where `standin behave` leaves the behaviour, so that it outlives a restart of the same container. */
#define BEHAVIOUR_FILE "/var/standin/behaviour"
/* Where a running service listens for `standin behave`; it answers "ok" once the new behaviour is in force. */
#define CONTROL_SOCKET "/var/standin/control.sock"

enum { MAX_PORTS = 2, MAX_CLIENTS = 64, TEXT = 256, WORDS = 2048 };

enum noise { NOISE_NONE, NOISE_LONG, NOISE_GARBAGE, NOISE_PROGRESS, NOISE_COLOUR };

/* How the service shall behave. Times are seconds; a negative time or rate means "not at all". */
struct behaviour {
    double slow_start;      /* ports stay closed for so long */
    double crash;           /* ends by itself after so long */
    int exit_code;          /* with this status */
    char last_words[WORDS]; /* and these lines on stderr */
    double eat_memory;      /* MiB a second */
    double flood;           /* log lines a second; 0: as fast as they go */
    long flood_lines;       /* stops after so many; 0: never */
    int flood_width;        /* characters of a flood line */
    double chatter;         /* seconds between ordinary log lines; 0: silent */
    enum noise noise;       /* what else stands in the log */
    char unhealthy[TEXT];   /* the module that /health names in its 500 */
    char model[TEXT];       /* the model that is loaded; "None": none */
    char write[TEXT];       /* a file that gets one line at each start */
    char speech[TEXT];      /* how a sentence goes wrong: refused, garbage, empty */
    bool unauthorized;      /* answers 401 */
    bool freeze;            /* accepts connections, never answers */
    bool ignore_term;       /* SIGTERM does nothing */
};

void behaviour_normal(struct behaviour *b);
/* Reads settings ("key", "key=value", separated by ';' or newlines) onto b. False: `why` names the first that is wrong. */
bool behaviour_parse(struct behaviour *b, const char *text, char *why, size_t size);
/* What holds at start: the behaviour file, else the environment variable STANDIN. */
bool behaviour_load(struct behaviour *b, char *why, size_t size);
/* The `behave` subcommand. */
int behave(int argc, char **argv);

struct request {
    char method[8];
    char path[TEXT];
    char body[WORDS];
    char websocket_key[TEXT]; /* empty when no upgrade is asked for */
    char peer[64];            /* ADDRESS:PORT of the client */
    int port;
};

struct response {
    int status;
    const char *type;
    char body[WORDS];
};

struct role {
    const char *name;
    int ports[MAX_PORTS];              /* 0: unused */
    const char *server;                /* the Server header */
    const char *const *startup;        /* log lines at start, before the ports open */
    const char *ready_line;            /* the log line when they do */
    const char *const *chatter;        /* ordinary lines, in turn */
    const char *const *own_folders;    /* must be writable, or a warning is logged */
    const char *const *own_files;      /* must not be folders, or it cannot start */
    const char *last_words;            /* when it crashes without other orders */
    void (*answer)(const struct request *, struct response *, struct behaviour *);
    void (*log_request)(const struct request *, int status);
};

const struct role *role_find(const char *name);
bool role_check_mounts(const struct role *role);

/* Log lines are stamped in the role's own manner; `warn` goes to stderr. */
void say(const char *format, ...) __attribute__((format(printf, 1, 2)));
void warn(const char *format, ...) __attribute__((format(printf, 1, 2)));
void stamp(char *out, size_t size, const char *format);
/* One line of flood: number, then letters up to `width`. Returns its length, newline included. */
size_t flood_line(char *out, size_t size, long number, int width);
void make_noise(enum noise noise, long turn);

void websocket_accept(const char *key, char *out, size_t size);
/* Answers the frames in buf; returns how many bytes are done with, or -1 when the connection shall end. */
int websocket_frames(int fd, unsigned char *buf, size_t len);

struct pollfd;
/* MAX_CLIENTS places of `fds` belong to them. A frozen service keeps its clients and reads nothing. */
void clients_watch(struct pollfd *fds, bool frozen);
void clients_read(const struct pollfd *fds, const struct role *role, struct behaviour *b);
void client_take(int listener, int port);
void clients_drop(void);

double now(void);
int serve(const struct role *role);

#endif
