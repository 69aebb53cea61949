#pragma once
#include <spng.h>
#include <turbojpeg.h>
#include <webp/decode.h>
#include <webp/demux.h>
#include <gif_lib.h>
#include <tiffio.h>

// TIFFGetField takes any number of arguments, which Swift cannot pass.

/// A tag of 16 bits; `otherwise` where the file has none.
static inline uint16_t tessera_tiff_short(TIFF *file, uint32_t tag, uint16_t otherwise) {
  uint16_t value = otherwise;
  return TIFFGetFieldDefaulted(file, tag, &value) ? value : otherwise;
}

/// A tag of 32 bits; 0 where the file has none.
static inline uint32_t tessera_tiff_long(TIFF *file, uint32_t tag) {
  uint32_t value = 0;
  return TIFFGetField(file, tag, &value) ? value : 0;
}

/// The meanings of the samples beyond the colours; their number.
static inline uint16_t tessera_tiff_extra_samples(TIFF *file, const uint16_t **meanings) {
  uint16_t count = 0;
  uint16_t *list = NULL;
  if (!TIFFGetField(file, TIFFTAG_EXTRASAMPLES, &count, &list)) return 0;
  *meanings = list;
  return count;
}

/// 2 to the bits of a sample entries each of red, green and blue; 0 where the file has none.
static inline int tessera_tiff_colormap(
  TIFF *file, const uint16_t **red, const uint16_t **green, const uint16_t **blue
) {
  uint16_t *maps[3];
  if (!TIFFGetField(file, TIFFTAG_COLORMAP, &maps[0], &maps[1], &maps[2])) return 0;
  *red = maps[0];
  *green = maps[1];
  *blue = maps[2];
  return 1;
}

/// Has JPEG within TIFF decoded to red, green and blue.
static inline void tessera_tiff_jpeg_as_rgb(TIFF *file) {
  TIFFSetField(file, TIFFTAG_JPEGCOLORMODE, JPEGCOLORMODE_RGB);
}
