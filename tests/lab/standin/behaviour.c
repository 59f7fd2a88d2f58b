/* The behaviours: how they are written down, kept, and told to a service that runs. */
#include "standin.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

void behaviour_normal(struct behaviour *b)
{
    memset(b, 0, sizeof *b);
    b->crash = b->eat_memory = b->flood = -1;
    b->exit_code = 1;
    b->flood_width = 90;
    b->chatter = 4;
}

static const struct {
    const char *name, *text;
} presets[] = {
    {"cuda-oom", "Traceback (most recent call last):\n"
                 "  File \"/app/engine/worker.py\", line 118, in load_model\n"
                 "    self.model = self.model.to(self.device)\n"
                 "torch.cuda.OutOfMemoryError: CUDA out of memory. Tried to allocate 2.32 GiB. GPU 0 has a total capacity "
                 "of 5.79 GiB of which 1.11 GiB is free."},
    {"no-space", "Traceback (most recent call last):\n"
                 "  File \"/app/engine/download.py\", line 57, in fetch\n"
                 "OSError: [Errno 28] No space left on device"},
    {"port-in-use", "ERROR:    [Errno 98] error while attempting to bind on address ('0.0.0.0', 5000): address already in use"},
    {"model-missing", "Traceback (most recent call last):\n"
                      "  File \"/app/engine/model_loader.py\", line 212, in get_model\n"
                      "ValueError: Model faster-whisper-large-v3-turbo is not configured"},
};

static void set_text(char *field, size_t size, const char *value)
{
    snprintf(field, size, "%s", value);
}

static bool set_number(double *field, const char *value, double fallback)
{
    char *end;
    if (!*value) {
        *field = fallback;
        return true;
    }
    double number = strtod(value, &end);
    if (*end || number < 0)
        return false;
    *field = number;
    return true;
}

static bool set_noise(enum noise *field, const char *value)
{
    static const char *const names[] = {"none", "long", "garbage", "progress", "colour"};
    for (int i = 0; i < 5; i++)
        if (!strcmp(value, names[i])) {
            *field = (enum noise)i;
            return true;
        }
    return false;
}

static void set_last_words(struct behaviour *b, const char *value)
{
    for (size_t i = 0; i < sizeof presets / sizeof *presets; i++)
        if (!strcmp(value, presets[i].name))
            value = presets[i].text;
    set_text(b->last_words, sizeof b->last_words, value);
}

static bool set(struct behaviour *b, const char *key, const char *value)
{
    double number = 0;
    if (!strcmp(key, "normal"))
        behaviour_normal(b);
    else if (!strcmp(key, "slow-start"))
        return set_number(&b->slow_start, value, 3);
    else if (!strcmp(key, "crash"))
        return set_number(&b->crash, value, 0);
    else if (!strcmp(key, "exit-code") || !strcmp(key, "flood-lines") || !strcmp(key, "flood-width")) {
        if (!*value || !set_number(&number, value, 0))
            return false;
        if (key[0] == 'e')
            b->exit_code = (int)number & 255;
        else if (key[6] == 'l')
            b->flood_lines = (long)number;
        else
            b->flood_width = number < 8 ? 8 : number > 8000 ? 8000 : (int)number;
    } else if (!strcmp(key, "last-words"))
        set_last_words(b, value);
    else if (!strcmp(key, "eat-memory"))
        return set_number(&b->eat_memory, value, 64);
    else if (!strcmp(key, "flood"))
        return set_number(&b->flood, value, 0);
    else if (!strcmp(key, "chatter"))
        return *value && set_number(&b->chatter, value, 0);
    else if (!strcmp(key, "noise"))
        return set_noise(&b->noise, value);
    else if (!strcmp(key, "unhealthy"))
        set_text(b->unhealthy, sizeof b->unhealthy, *value ? value : "tts");
    else if (!strcmp(key, "model"))
        set_text(b->model, sizeof b->model, value);
    else if (!strcmp(key, "no-model"))
        set_text(b->model, sizeof b->model, "None");
    else if (!strcmp(key, "speech"))
        set_text(b->speech, sizeof b->speech, value);
    else if (!strcmp(key, "write"))
        set_text(b->write, sizeof b->write, value);
    else if (!strcmp(key, "unauthorized"))
        b->unauthorized = true;
    else if (!strcmp(key, "freeze"))
        b->freeze = true;
    else if (!strcmp(key, "ignore-term"))
        b->ignore_term = true;
    else
        return false;
    return true;
}

bool behaviour_parse(struct behaviour *b, const char *text, char *why, size_t size)
{
    char copy[WORDS], *rest = copy, *setting;
    snprintf(copy, sizeof copy, "%s", text);
    while ((setting = strsep(&rest, ";\n"))) {
        setting += strspn(setting, " \t");
        for (size_t n = strlen(setting); n && strchr(" \t\r", setting[n - 1]);)
            setting[--n] = 0;
        if (!*setting)
            continue;
        char *value = strchr(setting, '=');
        if (value)
            *value++ = 0;
        if (!set(b, setting, value ? value : "")) {
            snprintf(why, size, "standin: no such behaviour: %s%s%s", setting, value ? "=" : "", value ? value : "");
            return false;
        }
    }
    return true;
}

bool behaviour_load(struct behaviour *b, char *why, size_t size)
{
    char text[WORDS] = "";
    int fd = open(BEHAVIOUR_FILE, O_RDONLY | O_CLOEXEC);
    behaviour_normal(b);
    if (fd < 0) {
        const char *ordered = getenv("STANDIN");
        return behaviour_parse(b, ordered ? ordered : "", why, size);
    }
    ssize_t n = read(fd, text, sizeof text - 1);
    close(fd);
    text[n > 0 ? n : 0] = 0;
    return behaviour_parse(b, text, why, size);
}

static bool keep(const char *text)
{
    int fd = open(BEHAVIOUR_FILE ".new", O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
    if (fd < 0)
        return false;
    bool kept = write(fd, text, strlen(text)) == (ssize_t)strlen(text);
    return !close(fd) && kept && !rename(BEHAVIOUR_FILE ".new", BEHAVIOUR_FILE);
}

/* Waits until the service has taken the new behaviour over; a service that is still starting gets ten seconds. */
static bool tell(void)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX, .sun_path = CONTROL_SOCKET};
    double give_up = now() + 10;
    while (now() < give_up) {
        int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
        char answer[2] = "";
        if (!connect(fd, (struct sockaddr *)&address, sizeof address) && read(fd, answer, 2) == 2)
            return !close(fd);
        close(fd);
        usleep(10000);
    }
    return false;
}

int behave(int argc, char **argv)
{
    struct behaviour b;
    char text[WORDS] = "", why[WORDS + 64];
    for (int i = 0; i < argc; i++) {
        strncat(text, argv[i], sizeof text - strlen(text) - 1);
        strncat(text, "\n", sizeof text - strlen(text) - 1);
    }
    behaviour_normal(&b);
    if (!behaviour_parse(&b, text, why, sizeof why)) {
        fprintf(stderr, "%s\n", why);
        return 2;
    }
    if (!keep(text)) {
        fprintf(stderr, "standin: cannot write %s: %s\n", BEHAVIOUR_FILE, strerror(errno));
        return 1;
    }
    if (!tell()) {
        fprintf(stderr, "standin: no service answers at %s\n", CONTROL_SOCKET);
        return 1;
    }
    return 0;
}
