build/tsan/kv_space_log.o: ../../kv_space_log.c ../../kv_space.h \
  shim/linux/types.h shim/linux/compiler.h shim/linux/atomic.h \
  shim/asm/barrier.h shim/linux/cache.h shim/linux/errno.h \
  shim/linux/kernel.h shim/linux/align.h shim/linux/array_size.h \
  shim/linux/bitops.h shim/linux/bits.h shim/linux/build_bug.h \
  shim/linux/container_of.h shim/linux/kconfig.h shim/linux/limits.h \
  shim/linux/log2.h shim/linux/math.h shim/linux/minmax.h \
  shim/linux/printk.h shim/linux/sprintf.h shim/linux/stddef.h \
  shim/linux/list.h shim/linux/math64.h shim/linux/slab.h \
  shim/linux/gfp.h shim/linux/overflow.h shim/linux/spinlock.h \
  shim/linux/lockdep.h shim/linux/string.h ../../kv_index.h \
  ../../kv_record.h

../../kv_space.h:

shim/linux/types.h:

shim/linux/compiler.h:

shim/linux/atomic.h:

shim/asm/barrier.h:

shim/linux/cache.h:

shim/linux/errno.h:

shim/linux/kernel.h:

shim/linux/align.h:

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

shim/linux/stddef.h:

shim/linux/list.h:

shim/linux/math64.h:

shim/linux/slab.h:

shim/linux/gfp.h:

shim/linux/overflow.h:

shim/linux/spinlock.h:

shim/linux/lockdep.h:

shim/linux/string.h:

../../kv_index.h:

../../kv_record.h:
