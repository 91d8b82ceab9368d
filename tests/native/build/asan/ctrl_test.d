build/asan/ctrl_test.o: ctrl_test.c shim/kunit/test.h shim/linux/slab.h \
 shim/linux/gfp.h shim/linux/types.h shim/linux/compiler.h \
 shim/linux/overflow.h shim/linux/limits.h shim/linux/kernel.h \
 shim/linux/align.h shim/linux/array_size.h shim/linux/bitops.h \
 shim/linux/bits.h shim/linux/build_bug.h shim/linux/container_of.h \
 shim/linux/kconfig.h shim/linux/log2.h shim/linux/math.h \
 shim/linux/minmax.h shim/linux/printk.h shim/linux/sprintf.h loopback.h \
 ../../dev.h shim/asm/byteorder.h shim/linux/atomic.h shim/asm/barrier.h \
 shim/linux/cache.h shim/linux/list.h shim/linux/llist.h \
 shim/linux/spinlock.h shim/linux/lockdep.h ../../kv_ftl.h \
 ../../kv_timing.h ../../nvme_kv.h ../../vkv.h
shim/kunit/test.h:
shim/linux/slab.h:
shim/linux/gfp.h:
shim/linux/types.h:
shim/linux/compiler.h:
shim/linux/overflow.h:
shim/linux/limits.h:
shim/linux/kernel.h:
shim/linux/align.h:
shim/linux/array_size.h:
shim/linux/bitops.h:
shim/linux/bits.h:
shim/linux/build_bug.h:
shim/linux/container_of.h:
shim/linux/kconfig.h:
shim/linux/log2.h:
shim/linux/math.h:
shim/linux/minmax.h:
shim/linux/printk.h:
shim/linux/sprintf.h:
loopback.h:
../../dev.h:
shim/asm/byteorder.h:
shim/linux/atomic.h:
shim/asm/barrier.h:
shim/linux/cache.h:
shim/linux/list.h:
shim/linux/llist.h:
shim/linux/spinlock.h:
shim/linux/lockdep.h:
../../kv_ftl.h:
../../kv_timing.h:
../../nvme_kv.h:
../../vkv.h:
