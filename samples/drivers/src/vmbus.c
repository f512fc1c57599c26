/* A stand-in for the bus driver of a guest: its deferred call collects messages on the stack, so that it
 * needs a frame pointer, and hands them to the callback of a channel. */

typedef unsigned long long u64;

struct Channel {
    void (*callback)(u64 *context, u64 message, u64 *ring);
    u64 *context;
    u64 *ring;
};

struct Channel BusChannels[16];

__attribute__((noinline)) u64 BusSignalChannel(struct Channel *channel, u64 *messages, u64 count) {
    u64 handled = 0;
    for (u64 index = 0; index < count; index++) {
        channel->callback(channel->context, messages[index], channel->ring);
        handled += messages[index] != 0;
    }
    return handled;
}

__attribute__((noinline)) u64 BusMessageDpc(void *dpc, u64 *queue, u64 channel, u64 count) {
    (void)dpc;
    u64 messages[count];
    for (u64 index = 0; index < count; index++) {
        messages[index] = queue[index];
    }
    return BusSignalChannel(&BusChannels[channel & 15], messages, count) + messages[0];
}

/* The loader must relocate these. */
void *BusRoutines[2] = {(void *)BusMessageDpc, (void *)BusSignalChannel};

int DriverEntry(u64 *driver, void *path) {
    (void)path;
    driver[0] = (u64)BusRoutines[0];
    return 0;
}
