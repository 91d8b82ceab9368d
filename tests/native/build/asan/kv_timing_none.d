build/asan/kv_timing_none.o: ../../kv_timing_none.c ../../kv_timing.h \
 shim/linux/types.h shim/linux/compiler.h ../../kv_ftl.h
../../kv_timing.h:
shim/linux/types.h:
shim/linux/compiler.h:
../../kv_ftl.h:
