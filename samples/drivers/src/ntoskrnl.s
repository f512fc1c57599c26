# The functions of the kernel that stand on a stack between a fault and the stop, and at its far end. Their
# frames are laid out as debuggers show those of Windows: KTRAP_FRAME, KEXCEPTION_FRAME, machine frame.
    .intel_syntax noprefix
    .text

.macro function name
    .globl \name
    .def \name
    .scl 2
    .type 32
    .endef
    .p2align 6, 0xCC
    .seh_proc \name
\name:
.endm

# Nops until the next instruction stands `offset` bytes from the start of `name`.
.macro upto name offset
    .fill \offset - (. - \name), 1, 0x90
.endm

# Saves its arguments where its caller keeps room for them, then the flags.
function KeBugCheckEx
    mov [rsp + 0x08], rcx
    mov [rsp + 0x10], rdx
    mov [rsp + 0x18], r8
    mov [rsp + 0x20], r9
    pushfq
    .seh_stackalloc 8
    sub rsp, 0x30
    .seh_stackalloc 0x30
    .seh_endprologue
    cli
    lea rax, [rip + KiBugCheckData]
    mov [rax], rcx
    mov [rax + 0x08], rdx
    mov [rax + 0x10], r8
    mov [rax + 0x18], r9
    mov rcx, [rsp + 0x60]
    mov [rax + 0x20], rcx
1:  hlt
    jmp 1b
    .seh_endproc

# Makes a KEXCEPTION_FRAME. Its last argument goes over the stack.
function KiBugCheckDispatch
    sub rsp, 0x138
    .seh_stackalloc 0x138
    lea rax, [rsp + 0x100]
    movaps [rsp + 0x30], xmm6
    .seh_savexmm xmm6, 0x30
    movaps [rsp + 0x40], xmm7
    .seh_savexmm xmm7, 0x40
    movaps [rsp + 0x50], xmm8
    .seh_savexmm xmm8, 0x50
    mov [rax - 0x08], rbp
    .seh_savereg rbp, 0xF8
    mov [rax], rbx
    .seh_savereg rbx, 0x100
    mov [rax + 0x08], rdi
    .seh_savereg rdi, 0x108
    mov [rax + 0x10], rsi
    .seh_savereg rsi, 0x110
    mov [rax + 0x18], r12
    .seh_savereg r12, 0x118
    mov [rax + 0x20], r13
    .seh_savereg r13, 0x120
    mov [rax + 0x28], r14
    .seh_savereg r14, 0x128
    mov [rax + 0x30], r15
    .seh_savereg r15, 0x130
    .seh_endprologue
    upto KiBugCheckDispatch 0x5F
    mov [rsp + 0x20], r10
    call KeBugCheckEx
    int3
    .seh_endproc

# The processor has pushed a machine frame with an error code; the rest of the KTRAP_FRAME comes here.
function KiPageFault
    .seh_pushframe @code
    push rbp
    .seh_pushreg rbp
    sub rsp, 0x158
    .seh_stackalloc 0x158
    lea rbp, [rsp + 0x80]
    .seh_setframe rbp, 0x80
    .seh_endprologue
    mov [rbp - 0x50], rax
    mov [rbp - 0x48], rcx
    mov [rbp - 0x40], rdx
    mov [rbp - 0x38], r8
    mov [rbp - 0x30], r9
    mov [rbp - 0x28], r10
    mov [rbp - 0x20], r11
    mov rax, cr2
    mov [rbp + 0x50], rax
    upto KiPageFault 0x24B
    mov r10, [rbp + 0xE8]
    mov rdx, [rbp + 0x50]
    mov ecx, 0xA
    call KiBugCheckDispatch
    mov rcx, [rbp - 0x48]
    mov rsp, rbp
    mov rbp, [rbp + 0xD8]
    add rsp, 0xE8
    iretq
    .seh_endproc

# Calls the routine of a deferred procedure call.
function KiRetireDpcList
    push rbx
    .seh_pushreg rbx
    push rsi
    .seh_pushreg rsi
    push rdi
    .seh_pushreg rdi
    push r12
    .seh_pushreg r12
    sub rsp, 0x78
    .seh_stackalloc 0x78
    .seh_endprologue
    mov rbx, rcx
    upto KiRetireDpcList 0x1B9
    call [rbx + 0x18]
    add rsp, 0x78
    pop r12
    pop rdi
    pop rsi
    pop rbx
    ret
    .seh_endproc

# Where a processor is that has nothing to do; nobody called it.
function KiIdleLoop
    sub rsp, 0x28
    .seh_stackalloc 0x28
    .seh_endprologue
    upto KiIdleLoop 0x52
    mov rcx, rbx
    call KiRetireDpcList
    jmp KiIdleLoop + 4
    .seh_endproc

# Calls the routine of a work item.
function ExpWorkerThread
    push rbx
    .seh_pushreg rbx
    push rdi
    .seh_pushreg rdi
    sub rsp, 0x58
    .seh_stackalloc 0x58
    .seh_endprologue
    upto ExpWorkerThread 0x10E
    call [rbx + 0x10]
    add rsp, 0x58
    pop rdi
    pop rbx
    ret
    .seh_endproc

# Calls the first routine of a thread.
function PspSystemThreadStartup
    push rbx
    .seh_pushreg rbx
    sub rsp, 0x30
    .seh_stackalloc 0x30
    .seh_endprologue
    upto PspSystemThreadStartup 0x58
    call rax
    int3
    .seh_endproc

# Where every thread of the system begins; nobody called it.
function KiStartSystemThread
    sub rsp, 0x28
    .seh_stackalloc 0x28
    .seh_endprologue
    upto KiStartSystemThread 0x11
    call PspSystemThreadStartup
    int3
    .seh_endproc
