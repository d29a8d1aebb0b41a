/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0 */
/* Comparing texts eight letters at a time: each branch is one that the verifier follows. */
#ifndef HULLWATCH_LETTERS_BPF_H
#define HULLWATCH_LETTERS_BPF_H

/* The number that stands for eight letters, as they are read from memory. */
#define LETTERS(text)                                                                              \
	((__u64)(text)[0] | (__u64)(text)[1] << 8 | (__u64)(text)[2] << 16 | (__u64)(text)[3] << 24 | \
	 (__u64)(text)[4] << 32 | (__u64)(text)[5] << 40 | (__u64)(text)[6] << 48 | (__u64)(text)[7] << 56)

/* Whether the first letters, of `count`, are those of `text`, which is given as eight. */
#define HAS_LETTERS(word, text, count)                                                             \
	((((word) ^ LETTERS(text)) & (~0ULL >> (64 - 8 * (count)))) == 0)

#endif
