/* Just enough WebSocket: the handshake (RFC 6455, 4.2.2), pings, the closing frame; other frames are read and dropped. */
#include "standin.h"

#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

static uint32_t left(uint32_t x, int n)
{
    return x << n | x >> (32 - n);
}

static void sha1_block(uint32_t h[5], const unsigned char *p)
{
    uint32_t w[80], a = h[0], b = h[1], c = h[2], d = h[3], e = h[4];
    for (int i = 0; i < 16; i++)
        w[i] = (uint32_t)p[4 * i] << 24 | (uint32_t)p[4 * i + 1] << 16 | (uint32_t)p[4 * i + 2] << 8 | p[4 * i + 3];
    for (int i = 16; i < 80; i++)
        w[i] = left(w[i - 3] ^ w[i - 8] ^ w[i - 14] ^ w[i - 16], 1);
    for (int i = 0; i < 80; i++) {
        uint32_t f = i < 20 ? (b & c) | (~b & d) : i < 40 ? b ^ c ^ d : i < 60 ? (b & c) | (b & d) | (c & d) : b ^ c ^ d;
        uint32_t k = i < 20 ? 0x5a827999 : i < 40 ? 0x6ed9eba1 : i < 60 ? 0x8f1bbcdc : 0xca62c1d6;
        uint32_t t = left(a, 5) + f + e + k + w[i];
        e = d, d = c, c = left(b, 30), b = a, a = t;
    }
    h[0] += a, h[1] += b, h[2] += c, h[3] += d, h[4] += e;
}

/* text is shorter than 119 bytes: two blocks hold it. */
static void sha1(const char *text, unsigned char out[20])
{
    uint32_t h[5] = {0x67452301, 0xefcdab89, 0x98badcfe, 0x10325476, 0xc3d2e1f0};
    unsigned char block[128] = {0};
    size_t n = strlen(text), size = n < 56 ? 64 : 128;
    memcpy(block, text, n);
    block[n] = 0x80;
    for (int i = 0; i < 4; i++)
        block[size - 1 - (size_t)i] = (unsigned char)(n * 8 >> 8 * i);
    for (size_t at = 0; at < size; at += 64)
        sha1_block(h, block + at);
    for (int i = 0; i < 20; i++)
        out[i] = (unsigned char)(h[i / 4] >> (24 - 8 * (i % 4)));
}

void websocket_accept(const char *key, char *out, size_t size)
{
    static const char letters[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    char text[119];
    unsigned char digest[21] = {0}; /* 20 and one of padding */
    snprintf(text, sizeof text, "%.64s258EAFA5-E914-47DA-95CA-C5AB0DC85B11", key);
    sha1(text, digest);
    size_t n = 0;
    for (int i = 0; i < 21 && n + 5 < size; i += 3) {
        uint32_t bits = (uint32_t)digest[i] << 16 | (uint32_t)digest[i + 1] << 8 | digest[i + 2];
        for (int shift = 18; shift >= 0; shift -= 6)
            out[n++] = letters[bits >> shift & 63];
    }
    out[n - 1] = '='; /* 20 bytes leave one letter of padding */
    out[n] = 0;
}

int websocket_frames(int fd, unsigned char *buf, size_t len)
{
    size_t done = 0;
    while (len - done >= 6) { /* a client's frame: two bytes, a mask of four, and the payload */
        unsigned char *frame = buf + done, *mask = frame + 2;
        size_t size = frame[1] & 127;
        if (size == 126) {
            if (len - done < 8)
                break;
            size = (size_t)frame[2] << 8 | frame[3];
            mask = frame + 4;
        } else if (size == 127)
            return -1;
        size_t whole = (size_t)(mask + 4 - frame) + size;
        if (len - done < whole)
            break;
        int opcode = frame[0] & 15;
        if (opcode == 8 || opcode == 9) { /* close, ping: the payload goes back unmasked */
            unsigned char answer[2 + 125] = {(unsigned char)(opcode == 8 ? 0x88 : 0x8a), (unsigned char)size};
            if (size > 125)
                return -1;
            for (size_t i = 0; i < size; i++)
                answer[2 + i] = mask[4 + i] ^ mask[i & 3];
            if (write(fd, answer, size + 2) < 0 || opcode == 8)
                return -1;
        }
        done += whole;
    }
    return (int)done;
}
