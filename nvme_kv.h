/* SPDX-License-Identifier: GPL-2.0 */
/*
 * NVMe as it is on the wire: registers, queue entries, opcodes, statuses and
 * pages.
 *
 * Sections and figures are those of the NVMe base specification 2.0, unless a
 * comment names the NVM Command Set 1.0 or the Key Value Command Set 1.0. The
 * "vendor dialect" is an older set of key-value commands (Samsung, OpenMPDK).
 */
#ifndef VKV_NVME_KV_H
#define VKV_NVME_KV_H

#include <linux/build_bug.h>
#include <linux/types.h>

/* Controller registers (section 3.1.3): offsets in BAR 0. */
enum {
	NVME_REG_CAP = 0x00,
	NVME_REG_VS = 0x08,
	NVME_REG_INTMS = 0x0c,
	NVME_REG_INTMC = 0x10,
	NVME_REG_CC = 0x14,
	NVME_REG_CSTS = 0x1c,
	NVME_REG_NSSR = 0x20,
	NVME_REG_AQA = 0x24,
	NVME_REG_ASQ = 0x28,
	NVME_REG_ACQ = 0x30,
	NVME_REG_END = 0x38,
	NVME_REG_CRTO = 0x68,
};

#define NVME_CAP_MQES(n) ((u64)((n) - 1))
#define NVME_CAP_CQR (1ull << 16)
#define NVME_CAP_TO(halves) ((u64)(halves) << 24)
#define NVME_CAP_DSTRD(s) ((u64)(s) << 32)
#define NVME_CAP_CSS_NVM (1ull << 37)
#define NVME_CAP_CSS_CSI (1ull << 43)
#define NVME_CAP_CRMS_CRWMS (1ull << 59)

#define NVME_VS_2_0 0x00020000u

#define NVME_CC_EN 0x1u
#define NVME_CC_CSS(cc) (((cc) >> 4) & 0x7)
#define NVME_CC_MPS(cc) (((cc) >> 7) & 0xf)
#define NVME_CC_AMS(cc) (((cc) >> 11) & 0x7)
#define NVME_CC_SHN_MASK (0x3u << 14)
#define NVME_CC_SHN(cc) (((cc) >> 14) & 0x3)
#define NVME_CC_IOSQES(cc) (((cc) >> 16) & 0xf)
#define NVME_CC_IOCQES(cc) (((cc) >> 20) & 0xf)
#define NVME_CC_CSS_NVM 0
#define NVME_CC_CSS_CSI 6

#define NVME_CSTS_RDY 0x1u
#define NVME_CSTS_CFS 0x2u
#define NVME_CSTS_SHST_BUSY (1u << 2)
#define NVME_CSTS_SHST_DONE (2u << 2)
#define NVME_CSTS_SHST_MASK (3u << 2)

/*
 * A submission queue entry (section 3.3.3.1), as the host wrote it. The vendor
 * dialect has the value offset in CDW4, the low half of mptr.
 */
struct nvme_sqe {
	u8 opcode;
	u8 flags;
	__le16 cid;
	__le32 nsid;
	union {
		struct {
			__le32 cdw2;
			__le32 cdw3;
		};
		u8 key_low[8];			/* Key Value Command Set */
	};
	__le64 mptr;
	__le64 prp1;
	__le64 prp2;
	__le32 cdw10;
	__le32 cdw11;
	union {
		struct {
			__le32 cdw12;
			__le32 cdw13;
			union {
				struct {
					__le32 cdw14;
					__le32 cdw15;
				};
				u8 key_high[8];	/* Key Value Command Set */
			};
		};
		u8 vendor_key[16];
	};
};
static_assert(sizeof(struct nvme_sqe) == 64);

#define NVME_SQE_FUSE 0x03
#define NVME_SQE_PSDT 0xc0
#define NVME_SQE_PSDT_PRP 0x00
#define NVME_SQE_PSDT_SGL 0x40

/*
 * SGL descriptors (section 4.1.2). The last byte has the type, and a sub type
 * that is always 0 here: an address.
 */
#define NVME_SGL_DESCRIPTOR 16u		/* its length in bytes */
enum nvme_sgl_type {
	NVME_SGL_DATA_BLOCK = 0x00,
	NVME_SGL_BIT_BUCKET = 0x10,
	NVME_SGL_SEGMENT = 0x20,
	NVME_SGL_LAST_SEGMENT = 0x30,
};

/* SGLS of Identify Controller (figure 275). */
#define NVME_SGLS_ANY_ALIGNMENT 0x1u
#define NVME_SGLS_BIT_BUCKET (1u << 16)
#define NVME_SGLS_LONGER (1u << 18)

/*
 * A completion queue entry (section 3.3.3.2). The low half of cid_status is the
 * CID; the high half is the status and the phase. All of it is written at once,
 * and after the rest of the entry.
 */
struct nvme_cqe {
	__le32 dw0;
	__le32 dw1;
	__le16 sq_head;
	__le16 sq_id;
	__le32 cid_status;
};
static_assert(sizeof(struct nvme_cqe) == 16);

#define NVME_NSID_ALL 0xffffffffu

enum nvme_csi {
	NVME_CSI_NVM = 0,
	NVME_CSI_KV = 1,
	NVME_CSI_ZONED = 2,		/* known, but not supported */
};

/* Admin commands (section 5). */
enum nvme_admin_opcode {
	NVME_ADMIN_DELETE_SQ = 0x00,
	NVME_ADMIN_CREATE_SQ = 0x01,
	NVME_ADMIN_GET_LOG = 0x02,
	NVME_ADMIN_DELETE_CQ = 0x04,
	NVME_ADMIN_CREATE_CQ = 0x05,
	NVME_ADMIN_IDENTIFY = 0x06,
	NVME_ADMIN_ABORT = 0x08,
	NVME_ADMIN_SET_FEATURES = 0x09,
	NVME_ADMIN_GET_FEATURES = 0x0a,
	NVME_ADMIN_ASYNC_EVENT = 0x0c,
	NVME_ADMIN_NS_MANAGEMENT = 0x0d,
	NVME_ADMIN_NS_ATTACHMENT = 0x15,
	NVME_ADMIN_KEEP_ALIVE = 0x18,
	NVME_ADMIN_FORMAT = 0x80,
	NVME_ADMIN_SANITIZE = 0x84,
};

/* I/O commands of the NVM Command Set (section 3.2 there). */
enum nvme_nvm_opcode {
	NVME_NVM_FLUSH = 0x00,
	NVME_NVM_WRITE = 0x01,
	NVME_NVM_READ = 0x02,
	NVME_NVM_WRITE_ZEROES = 0x08,
	NVME_NVM_DSM = 0x09,
};

/* I/O commands of the Key Value Command Set (section 3.2 there). */
enum nvme_kv_opcode {
	NVME_KV_FLUSH = 0x00,
	NVME_KV_STORE = 0x01,
	NVME_KV_RETRIEVE = 0x02,
	NVME_KV_LIST = 0x06,
	NVME_KV_DELETE = 0x10,
	NVME_KV_EXIST = 0x14,
};

#define NVME_KV_KEY_MAX 16u
/* Options of Store and Retrieve, CDW11[15:8]. */
#define NVME_KV_STORE_IF_PRESENT 0x01
#define NVME_KV_STORE_IF_ABSENT 0x02
#define NVME_KV_STORE_NO_COMPRESS 0x04
#define NVME_KV_RETRIEVE_RAW 0x01

/* I/O commands of the vendor dialect. */
enum nvme_vendor_opcode {
	NVME_VENDOR_STORE = 0x81,
	NVME_VENDOR_APPEND = 0x83,
	NVME_VENDOR_BATCH = 0x85,
	NVME_VENDOR_RETRIEVE = 0x90,
	NVME_VENDOR_DELETE = 0xa1,
	NVME_VENDOR_ITER_REQUEST = 0xb1,
	NVME_VENDOR_ITER_READ = 0xb2,
	NVME_VENDOR_EXIST = 0xb3,
};

/* Options of the vendor dialect's commands, CDW11[15:8]. */
#define NVME_VENDOR_STORE_COMPRESS 0x01
#define NVME_VENDOR_STORE_IDEMPOTENT 0x02
#define NVME_VENDOR_STORE_BG_COMPRESS 0x04
#define NVME_VENDOR_STORE_UPDATE_ONLY 0x08
#define NVME_VENDOR_STORE_OPTIONS 0x0f
#define NVME_VENDOR_RETRIEVE_DECOMPRESS 0x01
#define NVME_VENDOR_RETRIEVE_SIZE 0x02
#define NVME_VENDOR_RETRIEVE_OPTIONS 0x03
#define NVME_VENDOR_DELETE_CHECK 0x01
#define NVME_VENDOR_ITER_OPEN 0x01
#define NVME_VENDOR_ITER_CLOSE 0x02
#define NVME_VENDOR_ITER_KEY 0x04
#define NVME_VENDOR_ITER_KEY_VALUE 0x08
#define NVME_VENDOR_ITER_DELETE 0x10

#define NVME_VENDOR_INLINE_KEY 16u
#define NVME_VENDOR_OFFSET_UNIT 512u
#define NVME_VENDOR_NR_ITERATORS 16u
#define NVME_VENDOR_ITER_BUFFER 32768u
#define NVME_VENDOR_ITER_VALUE_AT 512u
#define NVME_VENDOR_BATCH_MAX 8u

/* The head of a batch has one of these for each of its eight sub-commands. */
struct nvme_vendor_batch_sub {
	u8 opcode;
	u8 key_size;
	__le16 rsvd2;
	__le32 value_size;
	u8 option;
	u8 nsid;
	__le16 rsvd10;
	__le32 rsvd12;
};
static_assert(sizeof(struct nvme_vendor_batch_sub) == 16);

#define NVME_VENDOR_BATCH_HEAD 512u
#define NVME_VENDOR_BATCH_UNIT 64u

/*
 * Status (section 3.3.3.2.1): the type in [10:8], the code in [7:0].
 * NVME_SC_DNR is the bit "do not retry".
 */
enum nvme_status {
	NVME_SC_SUCCESS = 0x000,
	NVME_SC_INVALID_OPCODE = 0x001,
	NVME_SC_INVALID_FIELD = 0x002,
	NVME_SC_DATA_TRANSFER = 0x004,
	NVME_SC_INTERNAL = 0x006,
	NVME_SC_ABORT_REQUESTED = 0x007,
	NVME_SC_ABORT_SQ_DELETED = 0x008,
	NVME_SC_INVALID_NS = 0x00b,
	NVME_SC_SEQUENCE = 0x00c,
	NVME_SC_SGL_SEGMENT = 0x00d,
	NVME_SC_SGL_NUMBER = 0x00e,
	NVME_SC_SGL_LENGTH = 0x00f,
	NVME_SC_SGL_TYPE = 0x011,
	NVME_SC_PRP_OFFSET = 0x013,
	NVME_SC_KEEP_ALIVE_EXPIRED = 0x019,
	NVME_SC_SANITIZE_FAILED = 0x01c,
	NVME_SC_SANITIZING = 0x01d,
	NVME_SC_LBA_RANGE = 0x080,
	NVME_SC_CAPACITY = 0x081,
	NVME_SC_NS_NOT_READY = 0x082,
	NVME_SC_FORMATTING = 0x084,
	NVME_SC_KV_VALUE_SIZE = 0x085,
	NVME_SC_KV_KEY_SIZE = 0x086,
	NVME_SC_KV_NO_KEY = 0x087,
	NVME_SC_KV_UNRECOVERED = 0x088,
	NVME_SC_KV_KEY_EXISTS = 0x089,

	NVME_SC_CQ_INVALID = 0x100,
	NVME_SC_QID_INVALID = 0x101,
	NVME_SC_QUEUE_SIZE = 0x102,
	NVME_SC_ABORT_LIMIT = 0x103,
	NVME_SC_AER_LIMIT = 0x105,
	NVME_SC_VECTOR_INVALID = 0x108,
	NVME_SC_LOG_INVALID = 0x109,
	NVME_SC_INVALID_FORMAT = 0x10a,
	NVME_SC_DELETE_ORDER = 0x10c,
	NVME_SC_NOT_SAVEABLE = 0x10d,
	NVME_SC_NOT_NS_SPECIFIC = 0x10f,
	NVME_SC_NS_CAPACITY = 0x115,
	NVME_SC_NSID_UNAVAILABLE = 0x116,
	NVME_SC_NS_ATTACHED = 0x118,
	NVME_SC_NS_NOT_ATTACHED = 0x11a,
	NVME_SC_CTRL_LIST = 0x11c,
	NVME_SC_CSI_UNSUPPORTED = 0x129,
	NVME_SC_COMMAND_SET = 0x12b,
	NVME_SC_INVALID_CSI = 0x12c,

	NVME_SC_WRITE_FAULT = 0x280,
	NVME_SC_READ_ERROR = 0x281,

	NVME_SC_VENDOR_VALUE_SIZE = 0x301,
	NVME_SC_VENDOR_VALUE_OFFSET = 0x302,
	NVME_SC_VENDOR_KEY_SIZE = 0x303,
	NVME_SC_VENDOR_OPTION = 0x304,
	NVME_SC_VENDOR_KEYSPACE = 0x305,
	NVME_SC_VENDOR_OFFSET_ALIGN = 0x309,
	NVME_SC_VENDOR_NO_KEY = 0x310,
	NVME_SC_VENDOR_UNRECOVERED = 0x311,
	NVME_SC_VENDOR_CAPACITY = 0x312,
	NVME_SC_VENDOR_EXISTS = 0x380,
	NVME_SC_VENDOR_VALUE_MAX = 0x381,
	NVME_SC_VENDOR_ITER_HANDLE = 0x390,
	NVME_SC_VENDOR_ITER_NONE_FREE = 0x391,
	NVME_SC_VENDOR_ITER_OPEN = 0x392,
	NVME_SC_VENDOR_ITER_END = 0x393,
	NVME_SC_VENDOR_ITER_FAILED = 0x394,

	NVME_SC_DNR = 0x4000,
};

/* CNS of Identify (section 5.17). */
enum nvme_identify_cns {
	NVME_CNS_NS = 0x00,
	NVME_CNS_CTRL = 0x01,
	NVME_CNS_ACTIVE_LIST = 0x02,
	NVME_CNS_NS_DESCS = 0x03,
	NVME_CNS_CSI_NS = 0x05,
	NVME_CNS_CSI_CTRL = 0x06,
	NVME_CNS_CSI_ACTIVE_LIST = 0x07,
	NVME_CNS_INDEPENDENT_NS = 0x08,
	NVME_CNS_ALLOCATED_LIST = 0x10,
	NVME_CNS_ALLOCATED_NS = 0x11,
	NVME_CNS_NS_CTRL_LIST = 0x12,
	NVME_CNS_CTRL_LIST = 0x13,
	NVME_CNS_CSI_ALLOCATED_LIST = 0x1a,
	NVME_CNS_CSI_ALLOCATED_NS = 0x1b,
	NVME_CNS_COMMAND_SETS = 0x1c,
};

/* Log page identifiers (section 5.16). */
enum nvme_log_page {
	NVME_LOG_SUPPORTED = 0x00,
	NVME_LOG_ERROR = 0x01,
	NVME_LOG_SMART = 0x02,
	NVME_LOG_FIRMWARE = 0x03,
	NVME_LOG_CHANGED_NS = 0x04,
	NVME_LOG_EFFECTS = 0x05,
	NVME_LOG_FEATURES = 0x12,
	NVME_LOG_SANITIZE = 0x81,
	NVME_LOG_VENDOR_STATS = 0xc0,
	NVME_LOG_VENDOR_WAF = 0xca,
	NVME_LOG_VENDOR_ITERATORS = 0xd0,
};

/* Feature identifiers (section 5.27). */
enum nvme_feature {
	NVME_FEAT_ARBITRATION = 0x01,
	NVME_FEAT_POWER = 0x02,
	NVME_FEAT_TEMPERATURE = 0x04,
	NVME_FEAT_ERROR_RECOVERY = 0x05,
	NVME_FEAT_WRITE_CACHE = 0x06,
	NVME_FEAT_NR_QUEUES = 0x07,
	NVME_FEAT_IRQ_COALESCE = 0x08,
	NVME_FEAT_IRQ_CONFIG = 0x09,
	NVME_FEAT_WRITE_ATOMICITY = 0x0a,
	NVME_FEAT_ASYNC_EVENT = 0x0b,
	NVME_FEAT_TIMESTAMP = 0x0e,
	NVME_FEAT_KEEP_ALIVE = 0x0f,
	NVME_FEAT_SANITIZE = 0x17,
	NVME_FEAT_COMMAND_SET_PROFILE = 0x19,
	NVME_FEAT_KEY_VALUE = 0x20,
	NVME_FEAT_HOST_ID = 0x81,
};

/* Bits of an entry of the command effects log (05h). A command has an entry. */
#define NVME_EFFECT_CSUPP 0x00000001u
#define NVME_EFFECT_LBCC 0x00000002u
#define NVME_EFFECT_NCC 0x00000004u
#define NVME_EFFECT_NIC 0x00000008u
/*
 * Bits of an entry of the feature effects log (12h): the scope of the feature.
 */
#define NVME_EFFECT_SCOPE_NS 0x00100000u
#define NVME_EFFECT_SCOPE_CTRL 0x00200000u
/* No command to any namespace may run at the same time. */
#define NVME_EFFECT_ALONE 0x00020000u
/* The command is supported, and changes stored data. */
#define NVME_EFFECT_CHANGES (NVME_EFFECT_CSUPP | NVME_EFFECT_LBCC)

/*
 * Asynchronous events (section 5.2): the type in [2:0], the information in
 * [15:8], the log page in [23:16].
 */
#define NVME_AEN(type, info, log) ((type) | (info) << 8 | (log) << 16)
#define NVME_AEN_DOORBELL_REGISTER NVME_AEN(0, 0, NVME_LOG_ERROR)
#define NVME_AEN_DOORBELL_VALUE NVME_AEN(0, 1, NVME_LOG_ERROR)
#define NVME_AEN_TEMPERATURE NVME_AEN(1, 1, NVME_LOG_SMART)
#define NVME_AEN_SPARE NVME_AEN(1, 2, NVME_LOG_SMART)
#define NVME_AEN_NS_ATTR NVME_AEN(2, 0, NVME_LOG_CHANGED_NS)
#define NVME_AEN_SANITIZE NVME_AEN(6, 1, NVME_LOG_SANITIZE)
#define NVME_AEN_SANITIZE_DEALLOCATED NVME_AEN(6, 2, NVME_LOG_SANITIZE)
/* Feature 0Bh: notices that the host lets the controller send as events. */
#define NVME_AEC_NS_ATTR (1u << 8)

/* A range of Dataset Management (NVM Command Set, section 3.2.3). */
struct nvme_dsm_range {
	__le32 cattr;
	__le32 nlb;
	__le64 slba;
};
static_assert(sizeof(struct nvme_dsm_range) == 16);
#define NVME_DSM_DEALLOCATE 0x4u

/* An LBA format of a block namespace. */
struct nvme_lba_format {
	__le16 ms;
	u8 lbads;
	u8 rp;
};

/* Identify Controller (figure 275). */
struct nvme_id_ctrl {
	__le16 vid;
	__le16 ssvid;
	char sn[20];
	char mn[40];
	char fr[8];
	u8 rab;
	u8 ieee[3];
	u8 cmic;
	u8 mdts;
	__le16 cntlid;
	__le32 ver;
	__le32 rtd3r;
	__le32 rtd3e;
	__le32 oaes;
	__le32 ctratt;
	u8 rsvd100[11];
	u8 cntrltype;
	u8 fguid[16];
	u8 rsvd128[128];
	__le16 oacs;
	u8 acl;
	u8 aerl;
	u8 frmw;
	u8 lpa;
	u8 elpe;
	u8 npss;
	u8 avscc;
	u8 apsta;
	__le16 wctemp;
	__le16 cctemp;
	__le16 mtfa;
	__le32 hmpre;
	__le32 hmmin;
	__le64 tnvmcap[2];
	__le64 unvmcap[2];
	__le32 rpmbs;
	__le16 edstt;
	u8 dsto;
	u8 fwug;
	__le16 kas;
	u8 rsvd322[6];
	__le32 sanicap;
	u8 rsvd332[180];
	u8 sqes;
	u8 cqes;
	__le16 maxcmd;
	__le32 nn;
	__le16 oncs;
	__le16 fuses;
	u8 fna;
	u8 vwc;
	__le16 awun;
	__le16 awupf;
	u8 icsvscc;
	u8 nwpc;
	__le16 acwu;
	__le16 cdfs;
	__le32 sgls;
	__le32 mnan;
	u8 rsvd544[224];
	char subnqn[256];
	u8 rsvd1024[1024];
	struct {
		__le16 mp;
		u8 rsvd2[30];
	} psd[32];
	u8 vendor[1024];
};
static_assert(sizeof(struct nvme_id_ctrl) == 4096);

/* Identify Namespace of a block namespace (NVM Command Set, figure 97). */
struct nvme_id_ns {
	__le64 nsze;
	__le64 ncap;
	__le64 nuse;
	u8 nsfeat;
	u8 nlbaf;
	u8 flbas;
	u8 mc;
	u8 dpc;
	u8 dps;
	u8 nmic;
	u8 rescap;
	u8 fpi;
	u8 dlfeat;
	__le16 nawun;
	__le16 nawupf;
	__le16 nacwu;
	__le16 nabsn;
	__le16 nabo;
	__le16 nabspf;
	__le16 noiob;
	__le64 nvmcap[2];
	__le16 npwg;
	__le16 npwa;
	__le16 npdg;
	__le16 npda;
	__le16 nows;
	u8 rsvd74[18];
	__le32 anagrpid;
	u8 rsvd96[3];
	u8 nsattr;
	__le16 nvmsetid;
	__le16 endgid;
	u8 nguid[16];
	u8 eui64[8];
	struct nvme_lba_format lbaf[64];
	u8 vendor[3712];
};
static_assert(sizeof(struct nvme_id_ns) == 4096);

/* A key-value format: the limits of keys and values. */
struct nvme_kv_format {
	__le16 key_max;
	u8 rsvd2;
	u8 additional;
	__le32 value_max;
	__le32 keys_max;
	__le32 rsvd12;
};
static_assert(sizeof(struct nvme_kv_format) == 16);

/* Identify Namespace of a key-value namespace (CNS 05h, CSI 1). */
struct nvme_id_ns_kv {
	__le64 nsze;
	__le64 rsvd8;
	__le64 nuse;
	u8 nsfeat;
	u8 nkvf;
	u8 nmic;
	u8 rescap;
	u8 fpi;
	u8 kvf_in_use;
	u8 rsvd30[2];
	__le32 novg;
	__le32 anagrpid;
	u8 rsvd40[3];
	u8 nsattr;
	__le16 nvmsetid;
	__le16 endgid;
	u8 nguid[16];
	u8 eui64[8];
	struct nvme_kv_format kvf[16];
	u8 rsvd328[3512];
	u8 vendor[256];
};
static_assert(sizeof(struct nvme_id_ns_kv) == 4096);

/* Bits of nvme_smart_log.critical_warning. */
#define NVME_SMART_SPARE 0x01
#define NVME_SMART_TEMPERATURE 0x02

/* The SMART / health information log (02h). */
struct nvme_smart_log {
	u8 critical_warning;
	u8 temperature[2];
	u8 avail_spare;
	u8 spare_thresh;
	u8 percent_used;
	u8 rsvd6[26];
	__le64 data_units_read[2];
	__le64 data_units_written[2];
	__le64 host_reads[2];
	__le64 host_writes[2];
	__le64 busy_time[2];
	__le64 power_cycles[2];
	__le64 power_on_hours[2];
	__le64 unsafe_shutdowns[2];
	__le64 media_errors[2];
	__le64 num_err_log_entries[2];
	u8 rsvd192[320];
};
static_assert(sizeof(struct nvme_smart_log) == 512);

/* Actions of Sanitize, CDW10[2:0]. */
#define NVME_SANITIZE_EXIT_FAILURE 1
#define NVME_SANITIZE_BLOCK_ERASE 2
/*
 * SANICAP of Identify Controller: only block erase, which always deallocates.
 */
#define NVME_SANICAP_BLOCK_ERASE (1u << 1)
#define NVME_SANICAP_NDI (1u << 29)
#define NVME_SANICAP_NOT_MODIFIED (1u << 30)

/* SSTAT of the sanitize status log (81h). */
enum nvme_sanitize_status {
	NVME_SANITIZE_NEVER = 0,
	NVME_SANITIZE_DONE = 1,
	NVME_SANITIZE_RUNNING = 2,
	NVME_SANITIZE_FAILED = 3,
	NVME_SANITIZE_DEALLOCATED = 4,
};
/* The bit "global data erased" of SSTAT. */
#define NVME_SANITIZE_ERASED 0x100

/* The sanitize status log (81h). */
struct nvme_sanitize_log {
	__le16 sprog;
	__le16 sstat;
	__le32 scdw10;
	__le32 overwrite_time;
	__le32 block_time;
	__le32 crypto_time;
	__le32 overwrite_keep_time;
	__le32 block_keep_time;
	__le32 crypto_keep_time;
	u8 rsvd32[480];
};
static_assert(sizeof(struct nvme_sanitize_log) == 512);

/* An entry of the error information log (01h). */
struct nvme_error_entry {
	__le64 error_count;
	__le16 sqid;
	__le16 cid;
	__le16 status;
	__le16 location;
	__le64 lba;
	__le32 nsid;
	u8 vs;
	u8 trtype;
	u8 rsvd30[2];
	__le64 cs;
	__le16 trtype_info;
	u8 rsvd42[22];
};
static_assert(sizeof(struct nvme_error_entry) == 64);

/* An entry of the vendor dialect's log of iterators (D0h). */
struct nvme_vendor_iter_entry {
	u8 handle;
	u8 opened;
	u8 type;
	u8 keyspace;
	__le32 prefix;
	__le32 bitmask;
	u8 is_eof;
	u8 rsvd13[3];
};
static_assert(sizeof(struct nvme_vendor_iter_entry) == 16);

#endif
