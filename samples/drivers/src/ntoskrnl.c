/* A stand-in for the kernel: the variables that a debugger looks for, and the debugger data block that
 * leads to them. The loader must relocate the addresses in that block. Code is in ntoskrnl.s. */

typedef unsigned char u8;
typedef unsigned int u32;
typedef unsigned long long u64;

struct ListEntry {
    struct ListEntry *next, *previous;
};

struct ListEntry PsLoadedModuleList;
struct ListEntry PsActiveProcessHead;
u64 KiBugCheckData[5];
u64 MmPfnDatabase;
void *MmUnloadedDrivers;
u32 MmLastUnloadedDriver;
void *KiProcessorBlock[64];
const char NtBuildLab[64] = "7601.17514.amd64fre.win7sp1_rtm.101119-1850";
u32 NtBuildNumber = 0xF0001DB1;
/* The control region of the first processor. */
__attribute__((aligned(0x1000))) u8 KiInitialPCR[0x5000];

/* The addresses of the block stand at these numbers of 8 bytes. */
#define ADDRESSES 0x68
__attribute__((aligned(16))) void *KdDebuggerDataBlock[ADDRESSES] = {
    [0x48 / 8] = &PsLoadedModuleList,
    [0x50 / 8] = &PsActiveProcessHead,
    [0x88 / 8] = KiBugCheckData,
    [0xC0 / 8] = &MmPfnDatabase,
    [0x208 / 8] = (void *)NtBuildLab,
    [0x218 / 8] = KiProcessorBlock,
    [0x220 / 8] = &MmUnloadedDrivers,
    [0x228 / 8] = &MmLastUnloadedDriver,
};

void KeBugCheckEx(u64, u64, u64, u64, u64);

int KiSystemStartup(u64 loader) {
    if (loader == 0) {
        KeBugCheckEx(0x5D, 0, 0, 0, 0);
    }
    return 0;
}
