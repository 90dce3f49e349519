/* Time runs HURRY times as fast for the process that loads this before all else (LD_PRELOAD): four hours of a session
 * in a minute, with every timer of the program where it belongs. The kernel knows nothing of it.
 *
 * Clocks run faster, and what waits waits for less. Absolute deadlines are given on the fast clock and become real ones.
 * The wall clocks of all processes agree that are told the same HURRY_SINCE: when they all showed the right time, in ns
 * since 1970.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <poll.h>
#include <pthread.h>
#include <semaphore.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/time.h>
#include <time.h>

#define SECOND 1000000000LL

static long long factor = 1;
static long long began[2]; /* from when on CLOCK_REALTIME and CLOCK_MONOTONIC hurry */
static int (*real_clock)(clockid_t, struct timespec *);

static long long ns_of(const struct timespec *at) { return at->tv_sec * SECOND + at->tv_nsec; }

static struct timespec of_ns(long long ns) { return (struct timespec){ns / SECOND, ns % SECOND}; }

static int hurries(clockid_t clock) { return clock == CLOCK_REALTIME || clock == CLOCK_MONOTONIC; }

__attribute__((constructor)) static void begin(void) {
    struct timespec now;
    if (real_clock) return;
    real_clock = dlsym(RTLD_NEXT, "clock_gettime");
    for (int clock = 0; clock < 2; clock++) {
        real_clock(clock, &now);
        began[clock] = ns_of(&now);
    }
    if (getenv("HURRY")) factor = atoll(getenv("HURRY"));
    if (getenv("HURRY_SINCE")) began[CLOCK_REALTIME] = atoll(getenv("HURRY_SINCE"));
}

int clock_gettime(clockid_t clock, struct timespec *at) {
    begin();
    int answer = real_clock(clock, at);
    if (!answer && hurries(clock)) *at = of_ns(began[clock] + (ns_of(at) - began[clock]) * factor);
    return answer;
}

int gettimeofday(struct timeval *at, void *zone) {
    struct timespec now;
    (void)zone;
    clock_gettime(CLOCK_REALTIME, &now);
    *at = (struct timeval){now.tv_sec, now.tv_nsec / 1000};
    return 0;
}

time_t time(time_t *at) {
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    if (at) *at = now.tv_sec;
    return now.tv_sec;
}

/* The real instant of a deadline on the fast clock. */
static struct timespec deadline(clockid_t clock, const struct timespec *at) {
    begin();
    return of_ns(began[clock] + (ns_of(at) - began[clock]) / factor);
}

#define REAL(name) static __typeof__(&name) real; if (!real) real = dlsym(RTLD_NEXT, #name)
#define SOONER(ms) ((ms) <= 0 ? (ms) : (int)(((ms) + factor - 1) / factor))

int epoll_wait(int epoll, struct epoll_event *events, int most, int timeout) {
    REAL(epoll_wait);
    return real(epoll, events, most, SOONER(timeout));
}

int poll(struct pollfd *fds, nfds_t count, int timeout) {
    REAL(poll);
    return real(fds, count, SOONER(timeout));
}

int clock_nanosleep(clockid_t clock, int flags, const struct timespec *span, struct timespec *left) {
    REAL(clock_nanosleep);
    struct timespec sooner = of_ns(ns_of(span) / factor);
    if (flags & TIMER_ABSTIME) sooner = deadline(clock, span);
    return real(clock, flags, &sooner, left);
}

int sem_clockwait(sem_t *semaphore, clockid_t clock, const struct timespec *until) {
    REAL(sem_clockwait);
    struct timespec at = deadline(clock, until);
    return real(semaphore, clock, &at);
}

int sem_timedwait(sem_t *semaphore, const struct timespec *until) {
    REAL(sem_timedwait);
    struct timespec at = deadline(CLOCK_REALTIME, until);
    return real(semaphore, &at);
}

int pthread_cond_timedwait(pthread_cond_t *condition, pthread_mutex_t *mutex, const struct timespec *until) {
    REAL(pthread_cond_timedwait);
    struct timespec at = deadline(CLOCK_MONOTONIC, until); /* CPython's conditions wait by this clock */
    return real(condition, mutex, &at);
}
