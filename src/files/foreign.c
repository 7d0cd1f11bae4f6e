/* SPDX-License-Identifier: MIT
 *
 * foreign.c: tells files of other programs by their first bytes.
 */
#include "files/foreign.h"

#include "base/base.h"

#include <string.h>

#define SAVE_NUMBERS "save its numbers with numpy.save or safetensors"
#define PYTORCH                                                                                    \
    "a PyTorch file: save the tensor with numpy.save(..., x.detach().float().cpu().numpy()) or "   \
    "safetensors.torch.save_file"

typedef struct magic {
    size_t at, size;
    const char *bytes, *words;
} magic;

/* The more special before the more general. */
static const magic magics[] = {
    {0, 14, "\x80\x02\x8a\x0a\x6c\xfc\x9c\x46\xf9\x20\x6a\xa8\x50\x19", PYTORCH},
    {0, 2, "\x80\x02", "a pickle of Python: load it there and " SAVE_NUMBERS},
    {0, 2, "\x80\x03", "a pickle of Python: load it there and " SAVE_NUMBERS},
    {0, 2, "\x80\x04", "a pickle of Python: load it there and " SAVE_NUMBERS},
    {0, 2, "\x80\x05", "a pickle of Python: load it there and " SAVE_NUMBERS},
    {0, 8, "\x89HDF\r\n\x1a\n", "an HDF5 file: read it with h5py and " SAVE_NUMBERS},
    {0, 10, "MATLAB 7.3", "a MATLAB file (HDF5): read it with h5py and " SAVE_NUMBERS},
    {0, 6, "MATLAB", "a MATLAB file: read it with scipy.io.loadmat and " SAVE_NUMBERS},
    {0, 4, "PAR1", "a Parquet file: read it with pandas.read_parquet and " SAVE_NUMBERS},
    {0, 6, "ARROW1", "an Arrow file: read it with pyarrow and " SAVE_NUMBERS},
    {0, 4, "FEA1", "a Feather file: read it with pyarrow and " SAVE_NUMBERS},
    {0, 4, "GGUF", "a GGUF file: " SAVE_NUMBERS},
    {0, 6, "\x93NUMPY", "an npy file"},
    {0, 4, "PK\3\4", "a zip archive"},
    {0, 2, "\x1f\x8b", "a gzip file"},
    {0, 6,
     "\xfd"
     "7zXZ\0",
     "an xz file: unpack it"},
    {0, 3, "BZh", "a bzip2 file: unpack it"},
    {0, 4, "\x28\xb5\x2f\xfd", "a zstd file: unpack it"},
    {0, 6, "7z\xbc\xaf\x27\x1c", "a 7z archive: unpack it"},
    {257, 5, "ustar", "a tar archive: unpack it"},
    {0, 4, "\x89PNG", "a PNG image: read it with PIL and " SAVE_NUMBERS},
    {0, 3, "\xff\xd8\xff", "a JPEG image: read it with PIL and " SAVE_NUMBERS},
    {0, 42, "version https://git-lfs.github.com/spec/v1",
     "a Git LFS pointer: fetch the file itself with git lfs pull"},
    {0, 9, "<!DOCTYPE", "an HTML page: the download failed"},
    {0, 9, "<!doctype", "an HTML page: the download failed"},
    {0, 5, "<html", "an HTML page: the download failed"},
};

enum { MAGICS = sizeof magics / sizeof *magics };

/* Printable UTF-8; its last character may be cut off. */
static bool is_text(const unsigned char *bytes, size_t size)
{
    uint32_t c;
    if (size == 0 || bytes[0] < ' ')
        return false;
    for (size_t at = 0, length; at < size; at += length) {
        length = nc__utf8_character(bytes + at, size - at, &c);
        if (length == 0)
            return at > 0 && size - at < 4 && size == NC__FOREIGN_BYTES;
        if ((c < ' ' && !strchr("\t\r\n", (int)c)) || c == 0 || c == 0x7f)
            return false;
    }
    return true;
}

const char *nc__foreign_kind(const unsigned char *bytes, size_t size)
{
    size = size < NC__FOREIGN_BYTES ? size : NC__FOREIGN_BYTES;
    for (size_t i = 0; i < MAGICS; i++)
        if (magics[i].at + magics[i].size <= size &&
            memcmp(bytes + magics[i].at, magics[i].bytes, magics[i].size) == 0)
            return magics[i].words;
    if (!is_text(bytes, size))
        return NULL;
    return bytes[0] == '{' || bytes[0] == '['
               ? "text in JSON: read it with Python's json and " SAVE_NUMBERS
               : "text, such as CSV: read it with numpy.loadtxt(..., delimiter=\",\") and save it "
                 "with numpy.save";
}

static bool ends_in(const char *name, size_t size, const char *end)
{
    const size_t length = strlen(end);
    return size >= length && memcmp(name + size - length, end, length) == 0;
}

const char *nc__foreign_archive(const char *name, size_t size)
{
    static const struct {
        const char *end, *words;
    } kinds[] = {
        {"/data.pkl", PYTORCH},
        {"/constants.pkl", PYTORCH},
        {"/version", PYTORCH},
        {"/byteorder", PYTORCH},
        {"/.format_version", PYTORCH},
        {"/.data/serialization_id", PYTORCH},
        {"[Content_Types].xml", "an Office document: export its numbers with numpy.save"},
        {"metadata.json", "a Keras archive: " SAVE_NUMBERS},
    };
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++)
        if (ends_in(name, size, kinds[i].end))
            return kinds[i].words;
    return NULL;
}
