build/asan/loopback.o: loopback.c loopback.h shim/linux/types.h \
 shim/linux/compiler.h ../../dev.h shim/asm/byteorder.h \
 shim/linux/atomic.h shim/asm/barrier.h shim/linux/cache.h \
 shim/linux/list.h shim/linux/container_of.h shim/linux/llist.h \
 shim/linux/spinlock.h shim/linux/lockdep.h ../../kv_ftl.h \
 ../../kv_timing.h ../../nvme_kv.h shim/linux/build_bug.h ../../vkv.h
loopback.h:
shim/linux/types.h:
shim/linux/compiler.h:
../../dev.h:
shim/asm/byteorder.h:
shim/linux/atomic.h:
shim/asm/barrier.h:
shim/linux/cache.h:
shim/linux/list.h:
shim/linux/container_of.h:
shim/linux/llist.h:
shim/linux/spinlock.h:
shim/linux/lockdep.h:
../../kv_ftl.h:
../../kv_timing.h:
../../nvme_kv.h:
shim/linux/build_bug.h:
../../vkv.h:
