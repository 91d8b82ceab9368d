build/asan/kv_timing.o: ../../kv_timing.c ../../kv_timing.h \
 shim/linux/types.h shim/linux/compiler.h ../../kv_ftl.h \
 shim/linux/errno.h shim/linux/kernel.h shim/linux/align.h \
 shim/linux/array_size.h shim/linux/bitops.h shim/linux/bits.h \
 shim/linux/build_bug.h shim/linux/container_of.h shim/linux/kconfig.h \
 shim/linux/limits.h shim/linux/log2.h shim/linux/math.h \
 shim/linux/minmax.h shim/linux/printk.h shim/linux/sprintf.h \
 shim/linux/slab.h shim/linux/gfp.h shim/linux/overflow.h \
 shim/linux/string.h
../../kv_timing.h:
shim/linux/types.h:
shim/linux/compiler.h:
../../kv_ftl.h:
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
shim/linux/slab.h:
shim/linux/gfp.h:
shim/linux/overflow.h:
shim/linux/string.h:
