build/asan/kv_index_linear.o: ../../kv_index_linear.c ../../kv_index.h \
 shim/linux/types.h shim/linux/compiler.h shim/linux/align.h \
 shim/linux/cache.h shim/linux/errno.h shim/linux/kernel.h \
 shim/linux/array_size.h shim/linux/bitops.h shim/linux/bits.h \
 shim/linux/build_bug.h shim/linux/container_of.h shim/linux/kconfig.h \
 shim/linux/limits.h shim/linux/log2.h shim/linux/math.h \
 shim/linux/minmax.h shim/linux/printk.h shim/linux/sprintf.h \
 shim/linux/slab.h shim/linux/gfp.h shim/linux/overflow.h \
 shim/linux/spinlock.h shim/linux/lockdep.h shim/linux/string.h
../../kv_index.h:
shim/linux/types.h:
shim/linux/compiler.h:
shim/linux/align.h:
shim/linux/cache.h:
shim/linux/errno.h:
shim/linux/kernel.h:
shim/linux/array_size.h:
shim/linux/bitops.h:
shim/linux/bits.h:
shim/linux/build_bug.h:
shim/linux/container_of.h:
shim/linux/kconfig.h:
shim/linux/limits.h:
shim/linux/log2.h:
shim/linux/math.h:
shim/linux/minmax.h:
shim/linux/printk.h:
shim/linux/sprintf.h:
shim/linux/slab.h:
shim/linux/gfp.h:
shim/linux/overflow.h:
shim/linux/spinlock.h:
shim/linux/lockdep.h:
shim/linux/string.h:
