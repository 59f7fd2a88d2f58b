/* A libnvidia-ml.so.1 that answers the real pynvml as its environment tells it to.
 *
 * NVML_INIT=CODE       nvmlInit answers so
 * NVML_COUNT=CODE      nvmlDeviceGetCount answers so
 * NVML_CARDS=N         so many cards
 * NVML_LOST=INDEX      this card is lost (15); NVML_BROKEN=INDEX: unknown error (999)
 * NVML_BARE=1          the cards have neither memory nor compute capability to report (3)
 * NVML_GARBAGE=1       the names are not UTF-8
 * NVML_JOURNAL=FILE    one line for each init and shutdown
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static int number(const char *name, int fallback)
{
    const char *value = getenv(name);
    return value ? atoi(value) : fallback;
}

static void journal(const char *line)
{
    const char *file = getenv("NVML_JOURNAL");
    FILE *stream = file ? fopen(file, "a") : NULL;
    if (stream) {
        fprintf(stream, "%s\n", line);
        fclose(stream);
    }
}

int nvmlInitWithFlags(unsigned flags)
{
    (void)flags;
    int code = number("NVML_INIT", 0);
    if (!code)
        journal("init");
    return code;
}

int nvmlShutdown(void)
{
    journal("shutdown");
    return 0;
}

const char *nvmlErrorString(int code)
{
    return code == 999 ? "Unknown Error" : "Some Error";
}

int nvmlSystemGetDriverVersion(char *text, unsigned size)
{
    snprintf(text, size, "580.65.06");
    return 0;
}

int nvmlDeviceGetCount_v2(unsigned *count)
{
    *count = (unsigned)number("NVML_CARDS", 1);
    return number("NVML_COUNT", 0);
}

static int fault(long index)
{
    return index == number("NVML_LOST", -1) ? 15 : index == number("NVML_BROKEN", -1) ? 999 : 0;
}

int nvmlDeviceGetHandleByIndex_v2(unsigned index, void **device)
{
    *device = (void *)((long)index + 1);
    return fault(index) == 999 ? 999 : 0;
}

/* A lost card is found out by the first question that goes to the card itself. */
int nvmlDeviceGetName(void *device, char *text, unsigned size)
{
    snprintf(text, size, getenv("NVML_GARBAGE") ? "\xff\xfe" : (long)device == 1 ? "NVIDIA GeForce RTX 4090" : "NVIDIA GeForce RTX 2060");
    return fault((long)device - 1);
}

int nvmlDeviceGetUUID(void *device, char *text, unsigned size)
{
    snprintf(text, size, "GPU-0000000%ld", (long)device - 1);
    return fault((long)device - 1);
}

struct memory { unsigned long long total, free, used; };

int nvmlDeviceGetMemoryInfo(void *device, struct memory *memory)
{
    memset(memory, 0, sizeof *memory);
    memory->total = 24ull << 30;
    return getenv("NVML_BARE") ? 3 : fault((long)device - 1);
}

int nvmlDeviceGetCudaComputeCapability(void *device, int *major, int *minor)
{
    *major = (long)device == 1 ? 8 : 7;
    *minor = (long)device == 1 ? 9 : 5;
    return getenv("NVML_BARE") ? 3 : fault((long)device - 1);
}
