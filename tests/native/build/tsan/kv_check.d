build/tsan/kv_check.o: ../../kv_check.c ../../kv_ftl.h shim/linux/types.h \
  shim/linux/compiler.h shim/linux/errno.h shim/linux/kernel.h \
  shim/linux/align.h shim/linux/array_size.h shim/linux/bitops.h \
  shim/linux/bits.h shim/linux/build_bug.h shim/linux/container_of.h \
  shim/linux/kconfig.h shim/linux/limits.h shim/linux/log2.h \
  shim/linux/math.h shim/linux/minmax.h shim/linux/printk.h \
  shim/linux/sprintf.h shim/linux/stddef.h shim/linux/slab.h \
  shim/linux/gfp.h shim/linux/overflow.h shim/linux/string.h \
  ../../kv_core.h shim/linux/atomic.h shim/asm/barrier.h \
  shim/linux/cache.h shim/linux/siphash.h shim/linux/spinlock.h \
  shim/linux/lockdep.h ../../kv_index.h ../../kv_record.h \
  ../../kv_space.h

../../kv_ftl.h:

shim/linux/types.h:

shim/linux/compiler.h:

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

shim/linux/slab.h:

shim/linux/gfp.h:

shim/linux/overflow.h:

shim/linux/string.h:

../../kv_core.h:

shim/linux/atomic.h:

shim/asm/barrier.h:

shim/linux/cache.h:

shim/linux/siphash.h:

shim/linux/spinlock.h:

shim/linux/lockdep.h:

../../kv_index.h:

../../kv_record.h:

../../kv_space.h:
