/* A stand-in for NVIDIA's management library. The file that NVML_STANDIN names says which cards there are; it is read again
 * at every call, so that a card can change, or be lost, while a program looks. One setting a line, "KEY VALUE":
 *
 *     driver 580.95.05          the driver's version
 *     cuda 13000                the CUDA version that it serves, major * 1000 + minor * 10
 *     init 0                    what the initialisation returns (9: driver not loaded, 18: versions do not match …)
 *     card NVIDIA GeForce …     begins a card; what follows belongs to it
 *     uuid GPU-…
 *     memory 24564 1203         MiB: all, used
 *     capability 8.9
 *     utilisation 12 3          per cent: cores, memory
 *     temperature 41            degrees Celsius
 *     power 58000 450000        mW: drawn, limit
 *     process 4242 512          a process that computes on it, with its memory in MiB (repeatable)
 *     fault 15                  what every question about this card returns
 *
 * Without a value a question is "not supported", as with the real library.
 */
#include <pthread.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { SUCCESS = 0, UNINITIALIZED = 1, INVALID = 2, NOT_SUPPORTED = 3, NOT_FOUND = 6, INSUFFICIENT_SIZE = 7, NOT_LOADED = 9 };
enum { MAX_CARDS = 16, MAX_PROCESSES = 16, TEXT = 96 };

typedef unsigned long long bytes;
typedef struct card *device; /* a handle: the index and one, never a real address */

struct process {
    unsigned pid;
    unsigned memory;
};

struct card {
    char name[TEXT], uuid[TEXT];
    long memory, used, major, minor, busy, memory_busy, temperature, power, limit, fault;
    int processes;
    struct process process[MAX_PROCESSES];
};

static struct {
    char driver[TEXT];
    int cuda, init, cards;
    struct card card[MAX_CARDS];
} m;

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static int users;

static void card_setting(struct card *c, const char *key, const char *value)
{
    unsigned pid, memory;
    if (!strcmp(key, "uuid"))
        snprintf(c->uuid, sizeof c->uuid, "%s", value);
    else if (!strcmp(key, "memory"))
        sscanf(value, "%ld %ld", &c->memory, &c->used);
    else if (!strcmp(key, "capability"))
        sscanf(value, "%ld.%ld", &c->major, &c->minor);
    else if (!strcmp(key, "utilisation"))
        sscanf(value, "%ld %ld", &c->busy, &c->memory_busy);
    else if (!strcmp(key, "temperature"))
        c->temperature = atol(value);
    else if (!strcmp(key, "power"))
        sscanf(value, "%ld %ld", &c->power, &c->limit);
    else if (!strcmp(key, "fault"))
        c->fault = atol(value);
    else if (!strcmp(key, "process") && c->processes < MAX_PROCESSES && sscanf(value, "%u %u", &pid, &memory) == 2)
        c->process[c->processes++] = (struct process){pid, memory};
}

static void setting(const char *key, const char *value)
{
    if (!strcmp(key, "driver"))
        snprintf(m.driver, sizeof m.driver, "%s", value);
    else if (!strcmp(key, "cuda"))
        m.cuda = atoi(value);
    else if (!strcmp(key, "init"))
        m.init = atoi(value);
    else if (!strcmp(key, "card") && m.cards < MAX_CARDS) {
        struct card *c = &m.card[m.cards++];
        *c = (struct card){.memory = -1, .major = -1, .busy = -1, .temperature = -1, .power = -1, .limit = -1};
        snprintf(c->name, sizeof c->name, "%s", value);
    } else if (m.cards)
        card_setting(&m.card[m.cards - 1], key, value);
}

static void look(void)
{
    char line[256], key[32];
    const char *path = getenv("NVML_STANDIN");
    FILE *file = path ? fopen(path, "re") : NULL;
    int value;
    memset(&m, 0, sizeof m);
    if (!file) {
        m.init = NOT_LOADED;
        return;
    }
    while (fgets(line, sizeof line, file)) {
        line[strcspn(line, "\n")] = 0;
        if (sscanf(line, " %31s %n", key, &value) == 1 && *key != '#')
            setting(key, line + value);
    }
    fclose(file);
}

/* Every question starts here: it holds the lock when it returns SUCCESS, and only then. */
static int begin(void)
{
    pthread_mutex_lock(&lock);
    int answer = users ? SUCCESS : UNINITIALIZED;
    if (answer == SUCCESS)
        look();
    if (answer != SUCCESS)
        pthread_mutex_unlock(&lock);
    return answer;
}

static int end(int answer)
{
    pthread_mutex_unlock(&lock);
    return answer;
}

static int begin_card(device handle, struct card **card)
{
    int answer = begin();
    size_t index = (size_t)handle - 1;
    if (answer != SUCCESS)
        return answer;
    if (!handle || index >= (size_t)m.cards)
        return end(INVALID);
    if (m.card[index].fault)
        return end((int)m.card[index].fault);
    *card = &m.card[index];
    return SUCCESS;
}

static int put_text(char *out, unsigned size, const char *text)
{
    if (strlen(text) >= size)
        return INSUFFICIENT_SIZE;
    memcpy(out, text, strlen(text) + 1);
    return SUCCESS;
}

static int put_number(unsigned *out, long value)
{
    if (value < 0)
        return NOT_SUPPORTED;
    *out = (unsigned)value;
    return SUCCESS;
}

/* --- the library ----------------------------------------------------------------------------------------------- */

int nvmlInitWithFlags(unsigned flags)
{
    (void)flags;
    pthread_mutex_lock(&lock);
    look();
    if (m.init == SUCCESS)
        users++;
    return end(m.init);
}

int nvmlInit_v2(void)
{
    return nvmlInitWithFlags(0);
}

int nvmlShutdown(void)
{
    int answer = begin();
    if (answer != SUCCESS)
        return answer;
    users--;
    return end(SUCCESS);
}

const char *nvmlErrorString(int code)
{
    return code == SUCCESS ? "Success" : "Stand-in error";
}

int nvmlSystemGetDriverVersion(char *out, unsigned size)
{
    int answer = begin();
    return answer == SUCCESS ? end(put_text(out, size, m.driver)) : answer;
}

int nvmlSystemGetNVMLVersion(char *out, unsigned size)
{
    char text[TEXT + 16];
    int answer = begin();
    if (answer != SUCCESS)
        return answer;
    snprintf(text, sizeof text, "%d.%s", m.cuda / 1000, m.driver);
    return end(put_text(out, size, text));
}

int nvmlSystemGetCudaDriverVersion(int *out)
{
    int answer = begin();
    if (answer != SUCCESS)
        return answer;
    *out = m.cuda;
    return end(m.cuda ? SUCCESS : NOT_SUPPORTED);
}

int nvmlSystemGetCudaDriverVersion_v2(int *out)
{
    return nvmlSystemGetCudaDriverVersion(out);
}

/* --- cards ----------------------------------------------------------------------------------------------------- */

int nvmlDeviceGetCount_v2(unsigned *out)
{
    int answer = begin();
    return answer == SUCCESS ? end(put_number(out, m.cards)) : answer;
}

int nvmlDeviceGetHandleByIndex_v2(unsigned index, device *out)
{
    struct card *card;
    int answer = begin_card((device)((size_t)index + 1), &card);
    if (answer != SUCCESS)
        return answer;
    *out = (device)((size_t)index + 1);
    return end(SUCCESS);
}

int nvmlDeviceGetHandleByUUID(const char *uuid, device *out)
{
    int answer = begin();
    if (answer != SUCCESS)
        return answer;
    for (int i = 0; i < m.cards; i++)
        if (!strcmp(uuid, m.card[i].uuid)) {
            *out = (device)((size_t)i + 1);
            return end(m.card[i].fault ? (int)m.card[i].fault : SUCCESS);
        }
    return end(NOT_FOUND);
}

int nvmlDeviceGetIndex(device handle, unsigned *out)
{
    struct card *card;
    int answer = begin_card(handle, &card);
    return answer == SUCCESS ? end(put_number(out, (long)((size_t)handle - 1))) : answer;
}

int nvmlDeviceGetMinorNumber(device handle, unsigned *out)
{
    return nvmlDeviceGetIndex(handle, out);
}

int nvmlDeviceGetName(device handle, char *out, unsigned size)
{
    struct card *card;
    int answer = begin_card(handle, &card);
    return answer == SUCCESS ? end(put_text(out, size, card->name)) : answer;
}

int nvmlDeviceGetUUID(device handle, char *out, unsigned size)
{
    struct card *card;
    int answer = begin_card(handle, &card);
    return answer == SUCCESS ? end(put_text(out, size, card->uuid)) : answer;
}

int nvmlDeviceGetCudaComputeCapability(device handle, int *major, int *minor)
{
    struct card *card;
    int answer = begin_card(handle, &card);
    if (answer != SUCCESS)
        return answer;
    *major = (int)card->major;
    *minor = (int)card->minor;
    return end(card->major < 0 ? NOT_SUPPORTED : SUCCESS);
}

struct memory {
    bytes total, free, used;
};

struct memory_v2 {
    unsigned version;
    bytes total, reserved, free, used;
};

int nvmlDeviceGetMemoryInfo(device handle, struct memory *out)
{
    struct card *card;
    int answer = begin_card(handle, &card);
    if (answer != SUCCESS)
        return answer;
    if (card->memory < 0)
        return end(NOT_SUPPORTED);
    *out = (struct memory){(bytes)card->memory << 20, (bytes)(card->memory - card->used) << 20, (bytes)card->used << 20};
    return end(SUCCESS);
}

int nvmlDeviceGetMemoryInfo_v2(device handle, struct memory_v2 *out)
{
    struct memory plain;
    int answer = nvmlDeviceGetMemoryInfo(handle, &plain);
    if (answer != SUCCESS)
        return answer;
    *out = (struct memory_v2){.version = out->version, .total = plain.total, .free = plain.free, .used = plain.used};
    return SUCCESS;
}

struct utilisation {
    unsigned gpu, memory;
};

int nvmlDeviceGetUtilizationRates(device handle, struct utilisation *out)
{
    struct card *card;
    int answer = begin_card(handle, &card);
    if (answer != SUCCESS)
        return answer;
    out->memory = (unsigned)card->memory_busy;
    return end(put_number(&out->gpu, card->busy));
}

int nvmlDeviceGetTemperature(device handle, int sensor, unsigned *out)
{
    struct card *card;
    int answer = begin_card(handle, &card);
    if (answer != SUCCESS)
        return answer;
    return end(sensor ? INVALID : put_number(out, card->temperature));
}

struct temperature {
    unsigned version;
    int sensor, temperature;
};

int nvmlDeviceGetTemperatureV(device handle, struct temperature *io)
{
    unsigned degrees = 0;
    int answer = nvmlDeviceGetTemperature(handle, io->sensor, &degrees);
    io->temperature = (int)degrees;
    return answer;
}

int nvmlDeviceGetPowerUsage(device handle, unsigned *out)
{
    struct card *card;
    int answer = begin_card(handle, &card);
    return answer == SUCCESS ? end(put_number(out, card->power)) : answer;
}

int nvmlDeviceGetPowerManagementLimit(device handle, unsigned *out)
{
    struct card *card;
    int answer = begin_card(handle, &card);
    return answer == SUCCESS ? end(put_number(out, card->limit)) : answer;
}

int nvmlDeviceGetEnforcedPowerLimit(device handle, unsigned *out)
{
    return nvmlDeviceGetPowerManagementLimit(handle, out);
}

struct process_info {
    unsigned pid;
    bytes memory;
    unsigned gpu_instance, compute_instance;
};

int nvmlDeviceGetComputeRunningProcesses_v3(device handle, unsigned *count, struct process_info *out)
{
    struct card *card;
    int answer = begin_card(handle, &card);
    if (answer != SUCCESS)
        return answer;
    bool room = (unsigned)card->processes <= *count;
    *count = (unsigned)card->processes;
    for (int i = 0; room && i < card->processes; i++)
        out[i] = (struct process_info){card->process[i].pid, (bytes)card->process[i].memory << 20, ~0u, ~0u};
    return end(room ? SUCCESS : INSUFFICIENT_SIZE);
}

int nvmlDeviceGetGraphicsRunningProcesses_v3(device handle, unsigned *count, struct process_info *out)
{
    struct card *card;
    int answer = begin_card(handle, &card);
    (void)out;
    if (answer != SUCCESS)
        return answer;
    *count = 0;
    return end(SUCCESS);
}
