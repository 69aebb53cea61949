// libavif, libheif and libjxl. They are loaded when a picture of their kind is first read: nobody else
// needs them, neither to build nor to run. What is used of them is the same from libavif 0.11 to 1.4,
// from libheif 1.15 to 1.23 and from libjxl 0.7 to 0.11.
#pragma once

#include <dlfcn.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

static inline void *tessera_picture_library(const char *const *files) {
  for (; *files; files++) {
    // Loaded once, whoever asks.
    void *library = dlopen(*files, RTLD_NOW | RTLD_LOCAL);
    if (library) return library;
  }
  return NULL;
}

static inline void *tessera_avif_function(const char *name) {
#if defined(__APPLE__)
  static const char *const files[] = {"libavif.16.dylib", "libavif.15.dylib", NULL};
#else
  static const char *const files[] = {"libavif.so.16", "libavif.so.15", NULL};
#endif
  void *library = tessera_picture_library(files);
  return library ? dlsym(library, name) : NULL;
}

/// Whether there is a libavif; to be asked before all else.
static inline int tessera_avif_is_there(void) {
  return tessera_avif_function("avifDecoderReadMemory") != NULL;
}

/// The beginning of `avifImage`.
typedef struct {
  uint32_t width, height, depth;
  /// 1 for 4:4:4, 2 for 4:2:2, 3 for 4:2:0, 4 for gray.
  int format;
  /// 1 where samples go from 0 to the largest.
  int is_full_range;
  int chroma_position;
  /// Samples of a byte, or of two where the depth is above 8.
  uint8_t *planes[3];
  uint32_t row_bytes[3];
  int owns_planes;
  uint8_t *alpha;
  uint32_t alpha_row_bytes;
  int owns_alpha;
  int is_premultiplied;
  uint8_t *profile;
  size_t profile_size;
  uint16_t primaries, transfer;
  /// ISO/IEC 23091-2: which matrix made these samples of red, green and blue.
  uint16_t matrix;
} tessera_avif_image;

static inline tessera_avif_image *tessera_avif_new_image(void) {
  return ((tessera_avif_image * (*)(void)) tessera_avif_function("avifImageCreateEmpty"))();
}

static inline void tessera_avif_free_image(tessera_avif_image *image) {
  ((void (*)(tessera_avif_image *))tessera_avif_function("avifImageDestroy"))(image);
}

/// The first picture's planes; null, or what is wrong with the file.
static inline const char *tessera_avif_read(
  tessera_avif_image *image, const uint8_t *bytes, size_t count) {
  void *decoder = ((void *(*)(void))tessera_avif_function("avifDecoderCreate"))();
  if (!decoder) return "no memory";
  int result = ((int (*)(void *, tessera_avif_image *, const uint8_t *, size_t))
                  tessera_avif_function("avifDecoderReadMemory"))(decoder, image, bytes, count);
  ((void (*)(void *))tessera_avif_function("avifDecoderDestroy"))(decoder);
  if (result == 0) return NULL;
  return ((const char *(*)(int))tessera_avif_function("avifResultToString"))(result);
}

static inline void *tessera_heif_function(const char *name) {
#if defined(__APPLE__)
  static const char *const files[] = {"libheif.1.dylib", NULL};
#else
  static const char *const files[] = {"libheif.so.1", NULL};
#endif
  void *library = tessera_picture_library(files);
  return library ? dlsym(library, name) : NULL;
}

/// Whether there is a libheif; to be asked before all else.
static inline int tessera_heif_is_there(void) {
  return tessera_heif_function("heif_context_read_from_memory_without_copy") != NULL;
}

typedef struct {
  int code, subcode;
  const char *message;
} tessera_heif_error;

/// A file's main picture, and what it belongs to.
typedef struct {
  void *context, *handle, *image;
} tessera_heif_picture;

/// Opens the main picture, whose bytes stay where they are; null, or what is wrong with the file.
static inline const char *tessera_heif_open(
  tessera_heif_picture *picture, const void *bytes, size_t count) {
  picture->handle = picture->image = NULL;
  picture->context = ((void *(*)(void))tessera_heif_function("heif_context_alloc"))();
  if (!picture->context) return "no memory";
  tessera_heif_error error =
    ((tessera_heif_error(*)(void *, const void *, size_t, const void *))tessera_heif_function(
      "heif_context_read_from_memory_without_copy"))(picture->context, bytes, count, NULL);
  if (error.code) return error.message;
  error = ((tessera_heif_error(*)(void *, void **))tessera_heif_function(
    "heif_context_get_primary_image_handle"))(picture->context, &picture->handle);
  return error.code ? error.message : NULL;
}

static inline int tessera_heif_handle_number(const tessera_heif_picture *picture, const char *name) {
  return ((int (*)(const void *))tessera_heif_function(name))(picture->handle);
}

static inline int tessera_heif_width(const tessera_heif_picture *picture) {
  return tessera_heif_handle_number(picture, "heif_image_handle_get_width");
}

static inline int tessera_heif_height(const tessera_heif_picture *picture) {
  return tessera_heif_handle_number(picture, "heif_image_handle_get_height");
}

static inline int tessera_heif_has_alpha(const tessera_heif_picture *picture) {
  return tessera_heif_handle_number(picture, "heif_image_handle_has_alpha_channel");
}

/// Decodes to bytes of red, green, blue and perhaps alpha side by side, turned and cut as the file says;
/// null, or what is wrong with it.
static inline const char *tessera_heif_decode(tessera_heif_picture *picture, int has_alpha) {
  enum { RGB = 1, INTERLEAVED_RGB = 10, INTERLEAVED_RGBA = 11 };
  tessera_heif_error error =
    ((tessera_heif_error(*)(const void *, void **, int, int, const void *))tessera_heif_function(
      "heif_decode_image"))(
      picture->handle, &picture->image, RGB, has_alpha ? INTERLEAVED_RGBA : INTERLEAVED_RGB, NULL);
  return error.code ? error.message : NULL;
}

/// The decoded samples, with their rows' length and size in pixels.
static inline const uint8_t *tessera_heif_samples(
  const tessera_heif_picture *picture, int *row_bytes, int *width, int *height) {
  enum { INTERLEAVED = 10 };
  typedef int (*Size)(const void *, int);
  *width = ((Size)tessera_heif_function("heif_image_get_width"))(picture->image, INTERLEAVED);
  *height = ((Size)tessera_heif_function("heif_image_get_height"))(picture->image, INTERLEAVED);
  return ((const uint8_t *(*)(const void *, int, int *))tessera_heif_function(
    "heif_image_get_plane_readonly"))(picture->image, INTERLEAVED, row_bytes);
}

static inline void tessera_heif_close(tessera_heif_picture *picture) {
  typedef void (*Release)(const void *);
  if (picture->image) ((Release)tessera_heif_function("heif_image_release"))(picture->image);
  if (picture->handle)
    ((Release)tessera_heif_function("heif_image_handle_release"))(picture->handle);
  if (picture->context) ((Release)tessera_heif_function("heif_context_free"))(picture->context);
}

static inline void *tessera_jxl_function(const char *name) {
#if defined(__APPLE__)
  static const char *const files[] = {
    "libjxl.0.11.dylib", "libjxl.0.10.dylib", "libjxl.0.9.dylib", "libjxl.0.8.dylib",
    "libjxl.0.7.dylib", NULL};
#else
  static const char *const files[] = {"libjxl.so.0.11", "libjxl.so.0.10", "libjxl.so.0.9",
                                      "libjxl.so.0.8", "libjxl.so.0.7", NULL};
#endif
  void *library = tessera_picture_library(files);
  return library ? dlsym(library, name) : NULL;
}

/// Whether there is a libjxl; to be asked before all else.
static inline int tessera_jxl_is_there(void) {
  return tessera_jxl_function("JxlDecoderProcessInput") != NULL;
}

/// The beginning of `JxlBasicInfo`, and room for what follows.
typedef struct {
  int is_container;
  uint32_t width, height, bits, exponent_bits;
  float intensity, darkest;
  int is_relative;
  float linear_below;
  int has_original_profile, has_preview, has_animation, orientation;
  /// 1 or 3.
  uint32_t colours;
  uint32_t extra_channels, alpha_bits, alpha_exponent_bits;
  int is_premultiplied;
  uint64_t rest[64];
} tessera_jxl_info;

typedef struct {
  void *decoder;
  tessera_jxl_info info;
  /// Of the first frame, turned as the file says; or, where the file was made from a JPEG, that JPEG.
  uint8_t *bytes;
  size_t count;
  int is_jpeg;
} tessera_jxl_picture;

enum {
  TESSERA_JXL_NEED_IMAGE_BUFFER = 5,
  TESSERA_JXL_NEED_JPEG_BUFFER = 6,
  TESSERA_JXL_INFO = 0x40,
  TESSERA_JXL_IMAGE = 0x1000,
  TESSERA_JXL_JPEG = 0x2000,
};

static inline int tessera_jxl_next(const tessera_jxl_picture *picture) {
  return ((int (*)(void *))tessera_jxl_function("JxlDecoderProcessInput"))(picture->decoder);
}

/// Reads what stands before the pixels, of bytes that stay where they are; null, or what is wrong.
static inline const char *tessera_jxl_open(
  tessera_jxl_picture *picture, const uint8_t *bytes, size_t count) {
  picture->decoder = ((void *(*)(const void *))tessera_jxl_function("JxlDecoderCreate"))(NULL);
  if (!picture->decoder) return "no memory";
  ((int (*)(void *, int))tessera_jxl_function("JxlDecoderSubscribeEvents"))(
    picture->decoder, TESSERA_JXL_INFO | TESSERA_JXL_IMAGE | TESSERA_JXL_JPEG);
  ((int (*)(void *, const uint8_t *, size_t))tessera_jxl_function("JxlDecoderSetInput"))(
    picture->decoder, bytes, count);
  ((void (*)(void *))tessera_jxl_function("JxlDecoderCloseInput"))(picture->decoder);
  if (tessera_jxl_next(picture) != TESSERA_JXL_INFO) return "no picture that can be found";
  int result = ((int (*)(const void *, tessera_jxl_info *))tessera_jxl_function(
    "JxlDecoderGetBasicInfo"))(picture->decoder, &picture->info);
  return result ? "no picture that can be found" : NULL;
}

/// Gives the decoder room for more of a JPEG, behind what it has written.
static inline int tessera_jxl_more_room(tessera_jxl_picture *picture, size_t *written) {
  size_t unused = ((size_t(*)(void *))tessera_jxl_function("JxlDecoderReleaseJPEGBuffer"))(
    picture->decoder);
  *written = picture->count - unused;
  size_t count = picture->count ? 2 * picture->count : 1 << 16;
  uint8_t *bytes = (uint8_t *)realloc(picture->bytes, count);
  if (!bytes) return 0;
  picture->bytes = bytes;
  picture->count = count;
  return ((int (*)(void *, uint8_t *, size_t))tessera_jxl_function("JxlDecoderSetJPEGBuffer"))(
           picture->decoder, bytes + *written, count - *written) == 0;
}

/// Decodes to samples of one byte, or of two in the machine's order, side by side; null, or what is
/// wrong.
static inline const char *tessera_jxl_decode(
  tessera_jxl_picture *picture, uint32_t channels, int is_wide) {
  struct {
    uint32_t channels;
    int type, order;
    size_t alignment;
  } format = {channels, is_wide ? 3 : 2, 0, 0};
  size_t written = 0;
  for (;;) {
    switch (tessera_jxl_next(picture)) {
      case TESSERA_JXL_JPEG: picture->is_jpeg = 1;  // and on
      case TESSERA_JXL_NEED_JPEG_BUFFER:
        if (!tessera_jxl_more_room(picture, &written)) return "no memory";
        break;
      case TESSERA_JXL_NEED_IMAGE_BUFFER:
        if (((int (*)(const void *, const void *, size_t *))tessera_jxl_function(
              "JxlDecoderImageOutBufferSize"))(picture->decoder, &format, &picture->count))
          return "samples that cannot be made bytes of";
        free(picture->bytes);
        picture->bytes = (uint8_t *)malloc(picture->count);
        if (!picture->bytes) return "no memory";
        if (((int (*)(void *, const void *, void *, size_t))tessera_jxl_function(
              "JxlDecoderSetImageOutBuffer"))(
              picture->decoder, &format, picture->bytes, picture->count))
          return "samples that cannot be made bytes of";
        break;
      case TESSERA_JXL_IMAGE:
        if (picture->is_jpeg)
          picture->count -= ((size_t(*)(void *))tessera_jxl_function(
            "JxlDecoderReleaseJPEGBuffer"))(picture->decoder);
        return NULL;
      default: return "data that cannot be decoded, or is missing";
    }
  }
}

static inline void tessera_jxl_close(tessera_jxl_picture *picture) {
  free(picture->bytes);
  if (picture->decoder)
    ((void (*)(void *))tessera_jxl_function("JxlDecoderDestroy"))(picture->decoder);
}
