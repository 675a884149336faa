// SPDX-License-Identifier: GPL-2.0-only
#include "arch.h"

/*
 * ENTER is a way to make a call. Of _start, where the kernel begins, runner()
 * gets the stack.
 */

#if defined(__i386__)

#define LOAD_ARGS                                                              \
	"	push %ebx\n"                                                         \
	"	push %esi\n"                                                         \
	"	push %edi\n"                                                         \
	"	push %ebp\n"                                                         \
	"	mov 20(%esp), %eax\n"                                                \
	"	mov 24(%esp), %ebp\n"                                                \
	"	mov 0(%ebp), %ebx\n"                                                 \
	"	mov 4(%ebp), %ecx\n"                                                 \
	"	mov 8(%ebp), %edx\n"                                                 \
	"	mov 12(%ebp), %esi\n"                                                \
	"	mov 16(%ebp), %edi\n"

#define RETURN                                                                 \
	"	pop %ebp\n"                                                          \
	"	pop %edi\n"                                                          \
	"	pop %esi\n"                                                          \
	"	pop %ebx\n"                                                          \
	"	ret\n"

#define ENTER(name)                                                            \
	name ":\n" LOAD_ARGS "	mov 20(%ebp), %ebp\n"                           \
	     "	int $0x80\n" name "_ip:\n" RETURN

#define OTHERS                                                                 \
	"_start:\n"                                                            \
	"	mov %esp, %eax\n"                                                    \
	"	and $-16, %esp\n"                                                    \
	"	sub $12, %esp\n"                                                     \
	"	push %eax\n"                                                         \
	"	call runner\n"                                                       \
	"	hlt\n"                                                               \
	".globl enter_fast\n"                                                  \
	"enter_fast:\n" LOAD_ARGS "	mov 20(%ebp), %ebp\n"                      \
	"	call *kernel_vsyscall\n" RETURN "spawn:\n" LOAD_ARGS           \
	"	mov 28(%esp), %ebp\n"                                                \
	"	int $0x80\n"                                                         \
	"	test %eax, %eax\n"                                                   \
	"	jz 1f\n" RETURN "1:	call *%ebp\n"                              \
	"	hlt\n"                                                               \
	"restart:\n"                                                           \
	"	mov 4(%esp), %eax\n"                                                 \
	"	mov 8(%esp), %esp\n"                                                 \
	"	call *%eax\n"                                                        \
	"	hlt\n"

u32 kernel_vsyscall;

#elif defined(__arm__)

#define ENTER(name)                                                            \
	".type " name ", %function\n" name ":\n"                               \
	"	push {r4-r8, lr}\n"                                                  \
	"	mov r7, r0\n"                                                        \
	"	mov r8, r1\n"                                                        \
	"	ldm r8, {r0-r5}\n"                                                   \
	"	svc 0\n" name "_ip:\n"                                         \
	"	pop {r4-r8, pc}\n"

#define OTHERS                                                                 \
	".type _start, %function\n"                                            \
	"_start:\n"                                                            \
	"	mov r0, sp\n"                                                        \
	"	bl runner\n"                                                         \
	".type spawn, %function\n"                                             \
	"spawn:\n"                                                             \
	"	push {r4-r8, lr}\n"                                                  \
	"	mov r7, r0\n"                                                        \
	"	mov r12, r1\n"                                                       \
	"	mov r8, r2\n"                                                        \
	"	ldm r12, {r0-r4}\n"                                                  \
	"	svc 0\n"                                                             \
	"	cmp r0, #0\n"                                                        \
	"	popne {r4-r8, pc}\n"                                                 \
	"	blx r8\n"                                                            \
	".type restart, %function\n"                                           \
	"restart:\n"                                                           \
	"	mov sp, r1\n"                                                        \
	"	bx r0\n"

#elif defined(__s390__)

/*
 * A callee saves registers in its caller's frame, from 24 on. Registers have 64
 * bits here too: what is in the upper half of a call's must not be seen.
 */
#define ENTER(name)                                                            \
	name ":\n"                                                             \
	     "	stm %r6, %r15, 24(%r15)\n"                                      \
	     "	lr %r1, %r2\n"                                                  \
	     "	lmh %r2, %r7, 0(%r3)\n"                                         \
	     "	lm %r2, %r7, 0(%r3)\n"                                          \
	     "	svc 0\n" name "_ip:\n"                                         \
	     "	lm %r6, %r15, 24(%r15)\n"                                       \
	     "	br %r14\n"

#define OTHERS                                                                 \
	"_start:\n"                                                            \
	"	lr %r2, %r15\n"                                                      \
	"	ahi %r15, -96\n"                                                     \
	"	bras %r14, runner\n"                                                 \
	"spawn:\n"                                                             \
	"	stm %r6, %r15, 24(%r15)\n"                                           \
	"	lr %r1, %r2\n"                                                       \
	"	lr %r7, %r4\n"                                                       \
	"	lm %r2, %r6, 0(%r3)\n"                                               \
	"	svc 0\n"                                                             \
	"	ltr %r2, %r2\n"                                                      \
	"	jz 1f\n"                                                             \
	"	lm %r6, %r15, 24(%r15)\n"                                            \
	"	br %r14\n"                                                           \
	"1:	basr %r14, %r7\n"                                                  \
	"restart:\n"                                                           \
	"	lr %r15, %r3\n"                                                      \
	"	br %r2\n"

#endif

/* The two ways lie in ranges of their own. */
#ifdef __s390__
__asm__(".machinemode zarch\n.machine z900\n");
#endif

__asm__(".text\n"
	".balign 4\n"
	".globl _start, spawn, restart\n"
	".globl enter_plain, enter_plain_ip, plain_begin\n"
	".globl enter_acting, enter_acting_ip, acting_begin, acting_end\n"
	"plain_begin:\n" ENTER("enter_plain") "acting_begin:\n" ENTER(
		"enter_acting") "acting_end:\n" OTHERS);
