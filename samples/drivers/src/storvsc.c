/* A stand-in for the storage driver of a guest: what hvtriage needs of it are true unwind data, a true
 * version resource and true symbols. It shares names of functions with the real one, and no code. */

typedef unsigned long long u64;

u64 StorChannelCount;

/* In callback.s, where the instruction that fails can be put at its place. */
void StorChannelVmbusCallback(u64 *channel);

__attribute__((noinline)) u64 StorChannelDispatchPackets(u64 *channel, u64 count) {
    u64 sum = 0;
    for (u64 index = 0; index < count; index++) {
        StorChannelVmbusCallback(channel + index);
        sum += channel[index];
    }
    return sum;
}

__attribute__((noinline)) u64 StorChannelReceive(u64 *channel) {
    u64 copy[32];
    for (u64 index = 0; index < 32; index++) {
        copy[index] = channel[index] + StorChannelCount;
    }
    return StorChannelDispatchPackets(copy, 32);
}

int DriverEntry(u64 *driver, void *path) {
    (void)path;
    StorChannelCount = StorChannelReceive(driver);
    return 0;
}
