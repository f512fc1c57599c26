/* A file system filter of a vendor that does not exist. Its worker looks for a mark in a buffer that may have
 * been freed. */

typedef unsigned char u8;
typedef unsigned long long u64;

u64 CavScanned;

__attribute__((noinline)) u64 CavFindMark(u64 *buffer, u64 count, u64 mark) {
    u64 found = 0;
    for (u64 index = 0; index < count; index++) {
        found += buffer[index] == mark;
    }
    return found;
}

__attribute__((noinline)) u64 CavScanBuffer(u64 *buffer, u64 count) {
    static const u64 marks[3] = {0x4D5A, 0x7F454C46, 0x504B0304};
    u64 found = 0;
    for (u64 index = 0; index < 3; index++) {
        found += CavFindMark(buffer, count, marks[index]) << index;
    }
    return found;
}

void CavScanWorker(u64 *item) {
    CavScanned += CavScanBuffer((u64 *)item[0], item[1]);
}

int DriverEntry(u64 *driver, void *path) {
    (void)path;
    driver[0] = (u64)&CavScanWorker;
    return 0;
}
