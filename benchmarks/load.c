/* The load generator: a closed loop over connected WebSockets, one request outstanding on each.
 *
 * Sockets come connected and greeted; frames come masked, with the places where a counter of eight digits goes.
 * It counts CALLRESULTs, gives up at a CALLERROR, and accepts whatever the server asks meanwhile.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#define BUFFER 65536
#define PLACES 4
#define DIGITS 8

struct frame {
    unsigned char *bytes;
    int32_t size;
    int32_t header; /* bytes before the payload, the four of the mask included */
    int32_t place[PLACES]; /* offsets in bytes, -1: none */
};

struct connection {
    int fd, turn, have;
    unsigned char bytes[BUFFER];
};

static double now_s(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return t.tv_sec + t.tv_nsec / 1e9;
}

static int send_all(int fd, const unsigned char *bytes, int size)
{
    while (size > 0) {
        ssize_t sent = send(fd, bytes, size, MSG_NOSIGNAL);
        if (sent < 0 && errno != EAGAIN && errno != EINTR)
            return -1;
        if (sent > 0) {
            bytes += sent;
            size -= sent;
        }
    }
    return 0;
}

static int send_next(struct connection *c, struct frame *frames, int per_connection, uint32_t number)
{
    struct frame *f = &frames[c->turn];
    char digits[DIGITS + 1];
    snprintf(digits, sizeof digits, "%08u", number % 100000000u);
    for (int p = 0; p < PLACES && f->place[p] >= 0; p++)
        for (int d = 0; d < DIGITS; d++) {
            int at = f->place[p] + d;
            f->bytes[at] = digits[d] ^ f->bytes[f->header - 4 + ((at - f->header) & 3)];
        }
    c->turn = (c->turn + 1) % per_connection;
    return send_all(c->fd, f->bytes, f->size);
}

static int accept_call(int fd, const unsigned char *payload, int size)
{
    const unsigned char *from = memchr(payload, '"', size);
    const unsigned char *to = from ? memchr(from + 1, '"', payload + size - from - 1) : NULL;
    if (!to || to - from > 60)
        return -1;
    unsigned char out[160];
    int length = snprintf((char *)out + 6, sizeof out - 6, "[3,%.*s,{\"status\":\"Accepted\"}]",
                          (int)(to - from + 1), (const char *)from);
    out[0] = 0x81;
    out[1] = 0x80 | length;
    memset(out + 2, 0, 4); /* a mask of zeros */
    return send_all(fd, out, length + 6);
}

/* CALLRESULTs among the whole frames at hand; -1 at anything that should not be. */
static int take(struct connection *c)
{
    int answers = 0, at = 0;
    while (c->have - at >= 2) {
        int size = c->bytes[at + 1] & 127, header = 2;
        if (size == 127)
            return -1;
        if (size == 126) {
            if (c->have - at < 4)
                break;
            size = c->bytes[at + 2] << 8 | c->bytes[at + 3];
            header = 4;
        }
        if (c->have - at < header + size)
            break;
        int opcode = c->bytes[at] & 15;
        unsigned char *payload = c->bytes + at + header;
        if (opcode == 8)
            return -1;
        if (opcode == 1) {
            if (size > 1 && payload[1] == '3')
                answers++;
            else if (size < 2 || payload[1] != '2' || accept_call(c->fd, payload, size) < 0)
                return -1;
        }
        at += header + size;
    }
    memmove(c->bytes, c->bytes + at, c->have - at);
    c->have -= at;
    return answers;
}

/* Requests answered in `seconds`, `frames[i * per_connection ...]` on socket i in turn; -1: a refusal or a lost link. */
long drive(const int32_t *fds, int32_t n, struct frame *frames, int32_t per_connection, double seconds, uint32_t *number)
{
    struct connection *all = calloc(n, sizeof *all);
    struct epoll_event events[64];
    int epoll = epoll_create1(0), outstanding = 0;
    long answered = 0;
    double end = now_s() + seconds;
    for (int i = 0; i < n && answered >= 0; i++) {
        struct epoll_event e = {.events = EPOLLIN, .data.u32 = i};
        all[i].fd = fds[i];
        epoll_ctl(epoll, EPOLL_CTL_ADD, fds[i], &e);
        outstanding++;
        if (send_next(&all[i], frames + (long)i * per_connection, per_connection, (*number)++) < 0)
            answered = -1;
    }
    while (outstanding > 0 && answered >= 0) {
        int ready = epoll_wait(epoll, events, 64, 5000);
        if (ready == 0 || (ready < 0 && errno != EINTR))
            answered = -1;
        int go_on = now_s() < end;
        for (int e = 0; e < ready && answered >= 0; e++) {
            int i = events[e].data.u32, whole;
            struct connection *c = &all[i];
            ssize_t got = recv(c->fd, c->bytes + c->have, BUFFER - c->have, MSG_DONTWAIT);
            if (got < 0 && (errno == EAGAIN || errno == EINTR))
                continue;
            c->have += got > 0 ? got : 0;
            if (got <= 0 || (whole = take(c)) < 0) {
                answered = -1;
                break;
            }
            answered += whole;
            outstanding -= whole;
            while (go_on && whole-- > 0) {
                outstanding++;
                if (send_next(c, frames + (long)i * per_connection, per_connection, (*number)++) < 0)
                    answered = -1;
            }
        }
    }
    close(epoll);
    free(all);
    return answered;
}
