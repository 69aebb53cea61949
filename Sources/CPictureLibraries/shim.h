// libavif and libheif. They are loaded when a picture of their kind is first read: nobody else needs
// them, neither to build nor to run. What is used of them is the same from libavif 0.11 to 1.4 and from
// libheif 1.15 to 1.23.
#pragma once

#include <dlfcn.h>
#include <stddef.h>
#include <stdint.h>

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
