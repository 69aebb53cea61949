#pragma once
#include <spng.h>
#include <turbojpeg.h>
#include <webp/decode.h>
