// What programs import: texts and pictures in, vectors out.
@_exported import TesseraEmbedders
