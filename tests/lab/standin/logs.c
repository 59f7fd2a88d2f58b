/* What a service writes: ordinary lines, floods, and the things that make a log view stumble. */
#include "standin.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

static void put(int fd, const char *text, size_t size)
{
    while (size) {
        ssize_t n = write(fd, text, size);
        if (n <= 0)
            return; /* nobody reads the log any more: a service goes on without it */
        text += n;
        size -= (size_t)n;
    }
}

static void line(int fd, const char *format, va_list args)
{
    char text[WORDS + 256];
    int n = vsnprintf(text, sizeof text - 1, format, args);
    if (n < 0)
        return;
    size_t size = (size_t)n < sizeof text - 1 ? (size_t)n : sizeof text - 2;
    text[size++] = '\n';
    put(fd, text, size);
}

void say(const char *format, ...)
{
    va_list args;
    va_start(args, format);
    line(STDOUT_FILENO, format, args);
    va_end(args);
}

void warn(const char *format, ...)
{
    va_list args;
    va_start(args, format);
    line(STDERR_FILENO, format, args);
    va_end(args);
}

void stamp(char *out, size_t size, const char *format)
{
    time_t t = time(NULL);
    struct tm parts;
    gmtime_r(&t, &parts);
    if (!strftime(out, size, format, &parts))
        *out = 0;
}

size_t flood_line(char *out, size_t size, long number, int width)
{
    int n = snprintf(out, size, "flood %010ld ", number);
    size_t end = (size_t)width < size - 1 ? (size_t)width : size - 2;
    for (size_t i = (size_t)n; i < end; i++)
        out[i] = (char)('a' + (i + (size_t)number) % 26);
    if (end < (size_t)n)
        end = (size_t)n;
    out[end] = '\n';
    return end + 1;
}

static void long_line(void)
{
    char piece[1024];
    memset(piece, 'x', sizeof piece);
    for (int i = 0; i < 64; i++)
        put(STDOUT_FILENO, piece, sizeof piece);
    put(STDOUT_FILENO, "\n", 1);
}

void make_noise(enum noise noise, long turn)
{
    /* Broken UTF-8, NUL, bell, backspace, a lone surrogate, text from right to left and wide signs. */
    static const char garbage[] = "\xff\xfe\x80 caf\xc3 \0\a\b \xed\xa0\x80 \xd7\xa9\xd7\x9c\xd7\x95\xd7\x9d "
                                  "\xe6\x97\xa5\xe6\x9c\xac\xe8\xaa\x9e \xf0\x9f\x8e\x99 <b>&amp;</b> \x1b]0;title\a\x1b[2J\n";
    char text[128];
    int n;
    switch (noise) {
    case NOISE_LONG:
        long_line();
        break;
    case NOISE_GARBAGE:
        put(STDOUT_FILENO, garbage, sizeof garbage - 1);
        break;
    case NOISE_PROGRESS:
        n = (int)(turn * 4 % 104); /* per cent, in steps of four: two and a half seconds a file */
        n = snprintf(text, sizeof text, "\rmodel.safetensors: %3d%%|%-10.*s| %d/100 [00:%02d<00:%02d, 41.2MB/s]%s", n, n / 10,
                     "##########", n, n / 4, 25 - n / 4, n == 100 ? "\n" : "");
        put(STDOUT_FILENO, text, (size_t)n);
        break;
    case NOISE_COLOUR:
        n = snprintf(text, sizeof text, "\x1b[1;3%ldmline %ld\x1b[0m \x1b[38;5;208morange\x1b[0m\n", 1 + turn % 6, turn);
        put(STDOUT_FILENO, text, (size_t)n);
        break;
    case NOISE_NONE:
        break;
    }
}
