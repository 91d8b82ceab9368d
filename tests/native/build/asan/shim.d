build/asan/shim.o: shim/shim.c shim/linux/bitops.h shim/linux/types.h \
 shim/linux/compiler.h shim/linux/bits.h shim/linux/siphash.h \
 shim/linux/slab.h shim/linux/gfp.h shim/linux/overflow.h \
 shim/linux/limits.h
shim/linux/bitops.h:
shim/linux/types.h:
shim/linux/compiler.h:
shim/linux/bits.h:
shim/linux/siphash.h:
shim/linux/slab.h:
shim/linux/gfp.h:
shim/linux/overflow.h:
shim/linux/limits.h:
