# SPDX-License-Identifier: MIT
# The companion library libnc-mpi, compiled against the MPI that pkg-config knows. Included by the
# Makefile. MPI=ompi-c or MPI=mpich chooses where there are both; MPI_BUILD is where it lands.

MPI_PACKAGES := $(shell $(PKG_CONFIG) --exists ompi-c 2>/dev/null && echo ompi-c; \
                  $(PKG_CONFIG) --exists mpich 2>/dev/null && echo mpich)
MPI          ?= $(firstword $(MPI_PACKAGES) mpi-c)
MPI_BUILD    ?= $(BUILD)/mpi
MPI_CFLAGS   ?= $(shell $(PKG_CONFIG) --cflags $(MPI) 2>/dev/null)
MPI_LIBS     ?= $(shell $(PKG_CONFIG) --libs $(MPI) 2>/dev/null)
MPI_HEADER   := mpi/include/libnc/mpi.h
MPI_SHARED   := $(MPI_BUILD)/libnc-mpi.so.$(SOVERSION)
MPI_ARCHIVE  := $(MPI_BUILD)/libnc-mpi.a
MPI_PROGRAM  := $(MPI_BUILD)/libnc-measure-mpi
MPI_SUITES   := communicator accumulator_ranks
MPI_FLAGS     = -Impi/include -Iinclude $(MPI_CFLAGS)

mpi: $(MPI_SHARED) $(MPI_ARCHIVE) $(MPI_PROGRAM) ## build libnc-mpi, in build/mpi; MPI=ompi-c or MPI=mpich

MPI_TEXT = $(MPI) $(MPI_CFLAGS) $(MPI_LIBS) $(CC) $(CFLAGS) $(LDFLAGS)
$(MPI_BUILD)/flags: FORCE
	@printf '%s\n' '$(MPI_TEXT)' | cmp -s - $@ || { mkdir -p $(@D) && printf '%s\n' '$(MPI_TEXT)' >$@; }

$(MPI_BUILD)/mpi.o: mpi/mpi.c $(MPI_HEADER) $(MPI_BUILD)/flags $(BUILD)/flags
	$(call shown,CC,'$< ($(MPI))') $(CC) $(ALL_CFLAGS) $(MPI_FLAGS) -c -o $@ $<

$(MPI_ARCHIVE): $(MPI_BUILD)/mpi.o
	@rm -f $@
	$(call shown,AR,$@) $(AR) rcs $@ $<

$(MPI_SHARED): $(MPI_BUILD)/mpi.o mpi/libnc-mpi.map $(LIB)/libnc.so
	$(call shown,LINK,$@) $(CC) -shared -Wl,-soname,$(@F) -Wl,--version-script=mpi/libnc-mpi.map \
	  -Wl,-z,defs $(CFLAGS) $(LDFLAGS) -o $@ $< -L$(LIB) -lnc $(MPI_LIBS)
	@ln -sf $(@F) $(MPI_BUILD)/libnc-mpi.so

# libnc-measure with the ranks of MPI in place of its own one. That in MPI_BUILD runs where it is; that in
# MPI_BUILD/installed is linked with the shared libraries.
$(MPI_BUILD)/ranks_mpi.o: mpi/ranks_mpi.c $(MPI_HEADER) $(MPI_BUILD)/flags $(BUILD)/flags
	$(call shown,CC,'$< ($(MPI))') $(CC) $(PROGRAM_CFLAGS) $(MPI_FLAGS) -c -o $@ $<

$(MPI_PROGRAM): $(MPI_BUILD)/ranks_mpi.o $(MPI_ARCHIVE) $(BUILD)/programs/measure.o \
  $(BUILD)/programs/common.a $(LIB)/libnc.a $(MPI_SHARED)
	$(call shown,LINK,$@) $(CC) $(CFLAGS) $(LDFLAGS) -o $@ $(BUILD)/programs/measure.o $< \
	  $(BUILD)/programs/common.a $(MPI_ARCHIVE) $(LIB)/libnc.a $(MPI_LIBS) $(LIBS)
	@mkdir -p $(MPI_BUILD)/installed
	$(CC) $(CFLAGS) $(LDFLAGS) -o $(MPI_BUILD)/installed/$(@F) $(BUILD)/programs/measure.o $< \
	  $(BUILD)/programs/common.a -L$(MPI_BUILD) -lnc-mpi -L$(LIB) -lnc $(MPI_LIBS) -lm -lpthread

# Suites whose ranks are threads elsewhere, with those of mpirun; messages are cut into small pieces.
$(MPI_BUILD)/test_%: tests/test_%.c mpi/mpi.c $(wildcard tests/support/*.h) $(MPI_HEADER) \
  $(DEBUG_ARCHIVE) $(MPI_BUILD)/flags
	$(call shown,CC,'$< ($(MPI))') $(CC) $(ALL_CFLAGS) $(MPI_FLAGS) -Itests $(CHECK_CFLAGS) \
	  -DRANKS_BY_MPI -DNC_MPI_PIECE=2048 $(LDFLAGS) -o $@ $< mpi/mpi.c $(DEBUG_ARCHIVE) \
	  $(CHECK_LIBS) $(MPI_LIBS) $(LIBS)

mpi-suites: $(MPI_SUITES:%=$(MPI_BUILD)/test_%)

# Part of install where it was built before.
install-mpi:
	if test -e $(MPI_SHARED); then \
	  $(INSTALL) -m 644 $(MPI_ARCHIVE) $(DESTDIR)$(LIBDIR) && \
	  $(INSTALL) -m 755 $(MPI_SHARED) $(DESTDIR)$(LIBDIR)/libnc-mpi.so.$(VERSION) && \
	  ln -sf libnc-mpi.so.$(VERSION) $(DESTDIR)$(LIBDIR)/libnc-mpi.so.$(SOVERSION) && \
	  ln -sf libnc-mpi.so.$(SOVERSION) $(DESTDIR)$(LIBDIR)/libnc-mpi.so && \
	  $(INSTALL) -m 755 $(MPI_BUILD)/installed/libnc-measure-mpi $(DESTDIR)$(BINDIR) && \
	  $(INSTALL) -m 644 mpi/libnc-measure-mpi.1 $(DESTDIR)$(MANDIR)/man1 && \
	  $(INSTALL) -m 644 $(MPI_HEADER) $(DESTDIR)$(INCLUDEDIR)/libnc && \
	  FILL_MPI=$$(cut -d' ' -f 1 $(MPI_BUILD)/flags) pkgconfig/fill libnc-mpi.pc.in >$(DESTDIR)$(PKGCONFIGDIR)/libnc-mpi.pc && \
	  FILL_MPI=$$(cut -d' ' -f 1 $(MPI_BUILD)/flags) pkgconfig/fill libnc-mpiTargets.cmake.in \
	    >$(DESTDIR)$(CMAKEDIR)/libnc-mpiTargets.cmake; \
	fi

uninstall-mpi: # part of uninstall
	rm -f $(addprefix $(DESTDIR)$(LIBDIR)/,libnc-mpi.a libnc-mpi.so libnc-mpi.so.$(SOVERSION) \
	  libnc-mpi.so.$(VERSION)) $(DESTDIR)$(PKGCONFIGDIR)/libnc-mpi.pc \
	  $(DESTDIR)$(CMAKEDIR)/libnc-mpiTargets.cmake $(DESTDIR)$(INCLUDEDIR)/libnc/mpi.h \
	  $(DESTDIR)$(BINDIR)/libnc-measure-mpi $(DESTDIR)$(MANDIR)/man1/libnc-measure-mpi.1

.PHONY: mpi mpi-suites install-mpi uninstall-mpi
