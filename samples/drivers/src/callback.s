# StorChannelVmbusCallback. A store stands 0x2b5 and a load 0x2b8 bytes from its start: the two places that
# are told of the crash of KB2636573. It stands at 0x2000 of the image, since code begins at 0x1000.
    .intel_syntax noprefix
    .text
    .fill 0x1000, 1, 0xCC
    .globl StorChannelVmbusCallback
    .def StorChannelVmbusCallback
    .scl 2
    .type 32
    .endef
    .seh_proc StorChannelVmbusCallback
StorChannelVmbusCallback:
    push rbx
    .seh_pushreg rbx
    sub rsp, 0x20
    .seh_stackalloc 0x20
    .seh_endprologue
    mov rbx, rcx
    .fill 0x2b5 - (. - StorChannelVmbusCallback), 1, 0x90
    mov [r8], rax
    mov rdx, [rcx]
    mov [rbx], rdx
    add rsp, 0x20
    pop rbx
    ret
    .seh_endproc
