// Files for the stories of the residents' page: a photo that tells its place.

/** A JPEG of one gray pixel with EXIF (a place and a name) and a comment. */
export function photoWithPlace() {
  const pixel = Buffer.from("/9j/4AAQSkZJRgABAQEASABIAAD/2wBDAAMCAgICAgMCAgIDAwMDBAYEBAQEBAgGBgUGCQgKCgkICQkKDA8MCgsOCwkJDRENDg8QEBEQCgwSExIQEw8QEBD/wAALCAABAAEBAREA/8QAFAABAAAAAAAAAAAAAAAAAAAACf/EABQQAQAAAAAAAAAAAAAAAAAAAAD/2gAIAQEAAD8AVN//2Q==", "base64");
  const segment = (marker, bytes) => {
    const length = Buffer.alloc(2);
    length.writeUInt16BE(bytes.length + 2);
    return Buffer.concat([Buffer.from([0xff, marker]), length, bytes]);
  };
  const exif = Buffer.concat([Buffer.from("Exif\0\0II*\0\x08\0\0\0\0\0\0\0\0\0", "latin1"), Buffer.from("GPS 40.7128 -74.0060 Maria")]);
  const comment = Buffer.from("taken by Maria at 40.7128");
  return Buffer.concat([pixel.subarray(0, 2), segment(0xe1, exif), segment(0xfe, comment), pixel.subarray(2)]);
}
