/* What each of the four services listens on, says and answers. */
#include "standin.h"

#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define SPEECH_HOME "/app/harmony-speech-engine"
#define TEXT_HOME "/home/app/text-generation-webui/user_data"

static const char *const no_paths[] = {NULL};

static void reply(struct response *r, int status, const char *type, const char *body)
{
    r->status = status;
    r->type = type;
    snprintf(r->body, sizeof r->body, "%s", body);
}

static void page(struct response *r, const char *title)
{
    r->status = 200;
    r->type = "text/html; charset=utf-8";
    snprintf(r->body, sizeof r->body,
             "<!doctype html>\n<html lang=\"en\"><head><title>%s</title></head><body><h1>%s</h1>"
             "<p>A stand-in of the test lab.</p></body></html>\n",
             title, title);
}

static void json(struct response *r, int status, const char *body)
{
    reply(r, status, "application/json", body);
}

static bool is(const struct request *q, const char *method, const char *path)
{
    size_t n = strcspn(q->path, "?");
    return !strcmp(q->method, method) && strlen(path) == n && !strncmp(q->path, path, n);
}

/* --- logs of requests ------------------------------------------------------------------------------------------ */

static void log_uvicorn(const struct request *q, int status)
{
    say("INFO:     %s - \"%s %s HTTP/1.1\" %d %s", q->peer, q->method, q->path, status,
        status == 200 ? "OK" : status == 401 ? "Unauthorized" : status == 404 ? "Not Found" : "Internal Server Error");
}

static void log_nginx(const struct request *q, int status)
{
    char when[64];
    stamp(when, sizeof when, "%d/%b/%Y:%H:%M:%S +0000");
    say("%.*s - - [%s] \"%s %s HTTP/1.1\" %d 615 \"-\" \"-\" \"-\"", (int)strcspn(q->peer, ":"), q->peer, when, q->method,
        q->path, status);
}

static void log_link(const struct request *q, int status)
{
    char when[64];
    stamp(when, sizeof when, "%Y-%m-%dT%H:%M:%SZ");
    say("%s INF request method=%s path=%s port=%d status=%d remote=%s", when, q->method, q->path, q->port, status, q->peer);
}

/* --- Harmony Link ---------------------------------------------------------------------------------------------- */

static void answer_link(const struct request *q, struct response *r, struct behaviour *b)
{
    if (*b->unhealthy)
        json(r, 500, "{\"error\":\"internal server error\"}");
    else if (q->port == 28081)
        json(r, 200, "{\"status\":\"running\",\"entities\":[\"kaji\"]}");
    else if (is(q, "GET", "/"))
        page(r, "Harmony Link");
    else
        json(r, 404, "{\"error\":\"not found\"}");
}

/* --- Text Generation ------------------------------------------------------------------------------------------- */

static const char *loaded_model(const struct behaviour *b)
{
    return *b->model ? b->model : "Kaji-7B.Q4_K_M.gguf";
}

/* The value of "model_name" in a body that is known to be flat JSON. */
static void wanted_model(const char *body, char *out, size_t size)
{
    const char *at = strstr(body, "\"model_name\"");
    at = at ? strchr(at + 12, '"') : NULL;
    if (at)
        snprintf(out, size, "%.*s", (int)strcspn(at + 1, "\""), at + 1);
}

static void answer_text(const struct request *q, struct response *r, struct behaviour *b)
{
    if (q->port == 7860) {
        if (is(q, "GET", "/"))
            page(r, "Text generation web UI");
        else
            json(r, 404, "{\"detail\":\"Not Found\"}");
        return;
    }
    char body[WORDS];
    if (is(q, "GET", "/docs"))
        page(r, "Text generation API");
    else if (is(q, "GET", "/v1/internal/health") && !*b->unhealthy)
        json(r, 200, "{\"status\":\"ok\"}");
    else if (is(q, "GET", "/v1/internal/model/info")) {
        snprintf(body, sizeof body, "{\"model_name\":\"%s\",\"lora_names\":[]}", loaded_model(b));
        json(r, 200, body);
    } else if (is(q, "GET", "/v1/models") || is(q, "GET", "/v1/internal/model/list")) {
        bool openai = is(q, "GET", "/v1/models");
        const char *format = openai ? "{\"object\":\"list\",\"data\":[{\"id\":\"%s\",\"object\":\"model\",\"created\":0,"
                                      "\"owned_by\":\"user\"}]}"
                                    : "{\"model_names\":[\"%s\",\"Other-13B.Q5_K_M.gguf\"]}";
        snprintf(body, sizeof body, format, loaded_model(b));
        json(r, 200, body);
    } else if (is(q, "POST", "/v1/chat/completions")) {
        if (*b->unhealthy || !strcmp(loaded_model(b), "None")) {
            json(r, 500, "{\"detail\":\"No model is loaded\"}");
            return;
        }
        snprintf(body, sizeof body,
                 "{\"object\":\"chat.completion\",\"model\":\"%s\",\"choices\":[{\"index\":0,\"finish_reason\":\"stop\","
                 "\"message\":{\"role\":\"assistant\",\"content\":\"Hello! It is good to meet you.\"}}]}",
                 loaded_model(b));
        json(r, 200, body);
    } else if (is(q, "POST", "/v1/internal/model/unload")) {
        snprintf(b->model, sizeof b->model, "None");
        json(r, 200, "\"OK\"");
    } else if (is(q, "POST", "/v1/internal/model/load")) {
        wanted_model(q->body, b->model, sizeof b->model);
        json(r, 200, "\"OK\"");
    } else if (*b->unhealthy)
        json(r, 500, "{\"detail\":\"Internal Server Error\"}");
    else
        json(r, 404, "{\"detail\":\"Not Found\"}");
}

/* --- Speech Engine --------------------------------------------------------------------------------------------- */

#define SPEECH_MODEL(name) "{\"id\":\"" name "\",\"object\":\"model\",\"owned_by\":\"harmony\",\"languages\":[]}"
#define SPEECH_VOICE(name, language, voice) \
    "{\"id\":\"" name "\",\"object\":\"model\",\"owned_by\":\"harmony\",\"languages\":[{\"language\":\"" language \
    "\",\"voices\":[{\"voice\":\"" voice "\"}]}]}"

/* A tone of a tenth of a second, 8 bits at 8 kHz: the beginning of what a sentence would be. */
static void tone(char *out)
{
    enum { RATE = 8000, SAMPLES = 800 };
    static const char signs[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    static const unsigned char head[44] = {
        'R', 'I', 'F', 'F', (SAMPLES + 36) & 255, (SAMPLES + 36) >> 8, 0, 0, 'W', 'A', 'V', 'E', 'f', 'm', 't', ' ',
        16, 0, 0, 0, 1, 0, 1, 0, RATE & 255, RATE >> 8, 0, 0, RATE & 255, RATE >> 8, 0, 0,
        1, 0, 8, 0, 'd', 'a', 't', 'a', SAMPLES & 255, SAMPLES >> 8, 0, 0};
    unsigned char wave[sizeof head + SAMPLES + 2] = {0};
    memcpy(wave, head, sizeof head);
    for (int i = 0; i < SAMPLES; i++)
        wave[sizeof head + (size_t)i] = (unsigned char)(i / 9 % 2 ? 168 : 88);
    size_t size = sizeof head + SAMPLES;
    for (size_t i = 0; i < size; i += 3) {
        unsigned three = (unsigned)wave[i] << 16 | (unsigned)wave[i + 1] << 8 | wave[i + 2];
        for (unsigned n = 0; n < 4; n++)
            *out++ = i + n > size ? '=' : signs[three >> (18 - 6 * n) & 63];
    }
    *out = 0;
}

static void speak(const struct request *q, struct response *r, struct behaviour *b)
{
    char body[WORDS], sound[WORDS - 256];
    if (!strstr(q->body, "\"input\"") || !strstr(q->body, "\"ov2-synthesizer-en\""))
        json(r, 404, "{\"object\":\"error\",\"message\":\"The model does not exist.\",\"type\":\"NotFoundError\",\"code\":404}");
    else if (!strstr(q->body, "\"EN-Newest\""))
        json(r, 400, "{\"object\":\"error\",\"message\":\"The model requires a voice parameter.\",\"code\":400}");
    else if (*b->unhealthy || !strcmp(b->speech, "refused"))
        json(r, 400, "{\"object\":\"error\",\"message\":\"CUDA out of memory\",\"type\":\"BadRequestError\",\"code\":400}");
    else {
        tone(sound);
        if (!strcmp(b->speech, "garbage"))
            snprintf(sound, sizeof sound, "bm8gc291bmQgYXQgYWxs");
        else if (!strcmp(b->speech, "empty"))
            *sound = 0;
        snprintf(body, sizeof body, "{\"id\":\"tts-1\",\"created\":0,\"model\":\"ov2-synthesizer-en\",\"data\":\"%s\"}", sound);
        json(r, 200, body);
    }
}

static void answer_speech(const struct request *q, struct response *r, struct behaviour *b)
{
    if (is(q, "GET", "/health") && *b->unhealthy) {
        char body[WORDS];
        snprintf(body, sizeof body, "{\"status\":\"error\",\"module\":\"%s\",\"detail\":\"Model executor for '%s' has died\"}",
                 b->unhealthy, b->unhealthy);
        json(r, 500, body);
    } else if (is(q, "GET", "/docs"))
        page(r, "Harmony Speech Engine API");
    else if (is(q, "GET", "/health"))
        json(r, 200, "{\"status\":\"ok\"}");
    else if (is(q, "GET", "/version"))
        json(r, 200, "{\"version\":\"0.2.0\"}");
    else if (is(q, "POST", "/v1/audio/speech"))
        speak(q, r, b);
    else if (is(q, "GET", "/v1/models") || is(q, "GET", "/v1/audio/speech/models"))
        json(r, 200, "{\"object\":\"list\",\"data\":[" SPEECH_MODEL("hs1-encoder") "," SPEECH_MODEL("hs1-synthesizer") "," SPEECH_VOICE(
                         "ov2-synthesizer-en", "EN", "EN-Newest") "," SPEECH_MODEL("faster-whisper-medium") "," SPEECH_MODEL("faster-whisper-tiny") "]}");
    else
        json(r, 404, "{\"detail\":\"Not Found\"}");
}

/* --- Speech UI ------------------------------------------------------------------------------------------------- */

static void answer_ui(const struct request *q, struct response *r, struct behaviour *b)
{
    if (*b->unhealthy)
        reply(r, 500, "text/html", "<h1>500 Internal Server Error</h1>\n");
    else if (is(q, "GET", "/") || is(q, "GET", "/index.html"))
        page(r, "Harmony Speech");
    else
        reply(r, 404, "text/html", "<h1>404 Not Found</h1>\n");
}

/* --- the table ------------------------------------------------------------------------------------------------- */

static const char *const link_startup[] = {
    "Harmony Link v0.2.0",
    "INF loading configuration file=/app/config.json",
    "INF user key file=/app/harmony-user.key",
    "INF entity initialised entity=kaji modules=backend,countenance,movement,stt,tts",
    NULL};
static const char *const link_chatter[] = {
    "INF heartbeat entities=1 clients=0", "DBG module idle entity=kaji module=tts", "INF session store flushed events=0", NULL};
static const char *const link_folders[] = {"/app/harmony-tmp", NULL};
static const char *const link_files[] = {"/app/config.json", "/app/harmony-user.key", NULL};

static const char *const text_startup[] = {
    "INFO     Starting Text generation web UI",
    "INFO     Loading settings from \"" TEXT_HOME "/settings.yaml\"",
    "INFO     OpenAI-compatible API URL: http://0.0.0.0:5000",
    "INFO     Loading \"Kaji-7B.Q4_K_M.gguf\"",
    "INFO     Loaded \"Kaji-7B.Q4_K_M.gguf\" in 0.42 seconds.",
    NULL};
static const char *const text_chatter[] = {
    "INFO     Output generated in 2.41 seconds (31.53 tokens/s, 76 tokens, context 512, seed 1738491)",
    "llama_perf_context_print: prompt eval time = 212.44 ms / 512 tokens", "INFO     Cache hit: 498 of 512 tokens", NULL};
static const char *const text_folders[] = {TEXT_HOME "/cache", TEXT_HOME "/logs", TEXT_HOME "/models", NULL};
static const char *const text_files[] = {TEXT_HOME "/CMD_FLAGS.txt", NULL};

static const char *const speech_startup[] = {
    "INFO harmonyspeech_engine.py:94] Initializing the Harmony Speech Engine",
    "INFO config.py:41] Reading " SPEECH_HOME "/config.yml",
    "INFO model_loader.py:120] Configured models: hs1-encoder, hs1-synthesizer, hs1-vocoder, faster-whisper-medium, "
    "faster-whisper-tiny",
    "INFO:     Started server process [1]",
    "INFO:     Waiting for application startup.",
    NULL};
static const char *const speech_chatter[] = {
    "INFO metrics.py:161] Running: 0 reqs, Pending: 0 reqs, GPU cache usage: 0.0%",
    "INFO executor.py:77] Synthesised 2.9 s of audio in 0.61 s (RTF 0.21)", NULL};
static const char *const speech_folders[] = {SPEECH_HOME "/cache", NULL};
static const char *const speech_files[] = {SPEECH_HOME "/config.yml", NULL};

static const char *const ui_startup[] = {
    "/docker-entrypoint.sh: Configuration complete; ready for start up",
    "[notice] 1#1: using the \"epoll\" event method", "[notice] 1#1: start worker processes", NULL};
static const char *const ui_chatter[] = {"[info] 29#29: *1 client 127.0.0.1 closed keepalive connection", NULL};

static const struct role roles[] = {
    {.name = "harmony-link",
     .ports = {28080, 28081},
     .server = "harmony-link",
     .startup = link_startup,
     .ready_line = "INF listening ui=:28080 management=:28081",
     .chatter = link_chatter,
     .own_folders = link_folders,
     .own_files = link_files,
     .last_words = "panic: runtime error: invalid memory address or nil pointer dereference\n"
                   "goroutine 1 [running]:\nmain.main()\n\t/src/cmd/link/main.go:71 +0x1f4",
     .answer = answer_link,
     .log_request = log_link},
    {.name = "text-generation",
     .ports = {7860, 5000},
     .server = "uvicorn",
     .startup = text_startup,
     .ready_line = "Running on local URL:  http://0.0.0.0:7860",
     .chatter = text_chatter,
     .own_folders = text_folders,
     .own_files = text_files,
     .last_words = "Traceback (most recent call last):\n  File \"/home/app/text-generation-webui/server.py\", line 281, in "
                   "<module>\n    shared.model, shared.tokenizer = load_model(model_name)\nRuntimeError: Failed to load the model",
     .answer = answer_text,
     .log_request = log_uvicorn},
    {.name = "speech-engine",
     .ports = {12080, 0},
     .server = "uvicorn",
     .startup = speech_startup,
     .ready_line = "INFO:     Uvicorn running on http://0.0.0.0:12080 (Press CTRL+C to quit)",
     .chatter = speech_chatter,
     .own_folders = speech_folders,
     .own_files = speech_files,
     .last_words = "Traceback (most recent call last):\n  File \"" SPEECH_HOME "/harmonyspeech/engine.py\", line 203, in "
                   "run\nRuntimeError: Engine loop has died",
     .answer = answer_speech,
     .log_request = log_uvicorn},
    {.name = "speech-ui",
     .ports = {80, 0},
     .server = "nginx/1.27.4",
     .startup = ui_startup,
     .ready_line = "[notice] 1#1: start worker process 29",
     .chatter = ui_chatter,
     .own_folders = no_paths,
     .own_files = no_paths,
     .last_words = "nginx: [emerg] host not found in upstream \"harmonyspeech-engine\" in /etc/nginx/conf.d/default.conf:12",
     .answer = answer_ui,
     .log_request = log_nginx},
};

const struct role *role_find(const char *name)
{
    for (size_t i = 0; name && i < sizeof roles / sizeof *roles; i++)
        if (!strcmp(name, roles[i].name))
            return &roles[i];
    return NULL;
}

/* The real ones stumble over the same: a file's place taken by a folder that the engine made, folders that belong to root. */
bool role_check_mounts(const struct role *role)
{
    struct stat info;
    for (const char *const *path = role->own_folders; *path; path++)
        if (!stat(*path, &info) && access(*path, W_OK))
            warn("PermissionError: [Errno 13] Permission denied: '%s'", *path);
    for (const char *const *path = role->own_files; *path; path++)
        if (!stat(*path, &info) && S_ISDIR(info.st_mode)) {
            warn("IsADirectoryError: [Errno 21] Is a directory: '%s'", *path);
            return false;
        }
    return true;
}
