package library

import (
	"bytes"
	"fmt"
	"image"
	"image/color"
	"image/gif"
	"image/jpeg"
	"image/png"
	"io"
	"reflect"

	"wshd/plugins/script/memory"
)

// pictures are the facts of what makes pictures: a few bytes can claim that one is as large as a town.
func pictures() map[string]fact {
	all := map[string]fact{
		"image.Decode":        {Instead: decodeImage},
		"image/png.Decode":    {Instead: claimed("png", png.DecodeConfig, png.Decode)},
		"image/gif.Decode":    {Instead: claimed("gif", gif.DecodeConfig, gif.Decode)},
		"image/jpeg.Decode":   {Instead: claimed("jpeg", jpeg.DecodeConfig, jpeg.Decode)},
		"image/gif.DecodeAll": {Instead: decodeFrames},
	}
	for name, size := range map[string]uint64{"Alpha": 1, "Alpha16": 2, "CMYK": 4, "Gray": 1, "Gray16": 2, "NRGBA": 4, "NRGBA64": 8,
		"NYCbCrA": 4, "Paletted": 1, "RGBA": 4, "RGBA64": 8, "YCbCr": 3} {
		all["image.New"+name] = asks(func(a []reflect.Value) (uint64, uint64) {
			r := a[0].Interface().(image.Rectangle)
			return uint64(max(r.Dx(), 0)), uint64(max(r.Dy(), 0)) * size
		})
	}
	encodes := asks(func(a []reflect.Value) (uint64, uint64) {
		m, _ := a[len(a)-2].Interface().(image.Image)
		if m == nil {
			m, _ = a[len(a)-1].Interface().(image.Image)
		}
		if m == nil {
			return 0, 0
		}
		r := m.Bounds()
		return uint64(max(r.Dx(), 0)), uint64(max(r.Dy(), 0))
	})
	return joined(all, each(encodes, "image/png.Encode", "(*image/png.Encoder).Encode", "image/gif.Encode", "image/jpeg.Encode"))
}

// pixelSize is how many bytes decoders need for a pixel while they work: jpeg keeps coefficients, png two
// pictures if they are interlaced.
func pixelSize(format string, m color.Model) uint64 {
	switch {
	case format == "jpeg":
		return 16
	case m == color.RGBA64Model || m == color.NRGBA64Model:
		return 16
	case m == color.RGBAModel || m == color.NRGBAModel || m == color.Gray16Model:
		return 8
	}
	return 2
}

// tooLargeToDecode is the error of a picture for which there is no memory, nil if there is.
func tooLargeToDecode(format string, c image.Config) error {
	if w, h := uint64(max(c.Width, 0)), uint64(max(c.Height, 0)); memory.TooMuch(w, h*pixelSize(format, c.ColorModel)) {
		return fmt.Errorf("%s: the picture claims to have %d × %d pixels, which is more than there is memory for", format, w, h)
	}
	return nil
}

// claimed decodes a picture unless it claims to be too large.
func claimed(format string, config func(io.Reader) (image.Config, error), decode func(io.Reader) (image.Image, error)) func(io.Reader) (image.Image, error) {
	return func(r io.Reader) (image.Image, error) {
		seen := &again{r: r}
		if c, err := config(seen.reader()); err == nil {
			if err := tooLargeToDecode(format, c); err != nil {
				return nil, err
			}
		}
		return decode(seen.from()) // which finds the same fault
	}
}

// decodeImage is image.Decode.
func decodeImage(r io.Reader) (image.Image, string, error) {
	seen := &again{r: r}
	if c, format, err := image.DecodeConfig(seen.reader()); err == nil {
		if err := tooLargeToDecode(format, c); err != nil {
			return nil, format, err
		}
	}
	return image.Decode(seen.from())
}

// decodeFrames is gif.DecodeAll.
func decodeFrames(r io.Reader) (*gif.GIF, error) {
	seen := &again{r: r}
	if n := frames(seen); memory.TooMuch(n, 1) {
		return nil, fmt.Errorf("gif: its frames claim to have %d pixels, which is more than there is memory for", n)
	}
	return gif.DecodeAll(seen.from())
}

// frames counts the pixels of all frames of a GIF, as far as it is one.
func frames(r *again) (pixels uint64) {
	head := make([]byte, 13)
	if _, err := io.ReadFull(r, head); err != nil {
		return 0
	}
	skipTable := func(flags byte) bool {
		_, err := io.CopyN(io.Discard, r, int64(flags>>7)*(3<<(1+flags&7)))
		return err == nil
	}
	for ok := skipTable(head[10]); ok; {
		kind, err := r.ReadByte()
		if err != nil {
			return pixels
		}
		switch kind {
		case '!':
			_, err = r.ReadByte()
		case ',':
			frame := make([]byte, 9)
			if _, err = io.ReadFull(r, frame); err == nil {
				pixels += (uint64(frame[4]) | uint64(frame[5])<<8) * (uint64(frame[6]) | uint64(frame[7])<<8)
				if ok = skipTable(frame[8]); ok {
					_, err = r.ReadByte() // how wide codes are
				}
			}
		default:
			return pixels
		}
		for n := byte(1); err == nil && ok && n > 0; {
			if n, err = r.ReadByte(); err == nil {
				_, err = io.CopyN(io.Discard, r, int64(n))
			}
		}
		ok = ok && err == nil
	}
	return pixels
}

// again is a reader whose bytes are read twice: no more of them than one decoder has wanted.
type again struct {
	r    io.Reader
	seen bytes.Buffer
}

// Read implements io.Reader.
func (a *again) Read(p []byte) (n int, err error) {
	n, err = a.r.Read(p)
	a.seen.Write(p[:n])
	return n, err
}

// ReadByte implements io.ByteReader.
func (a *again) ReadByte() (c byte, err error) {
	if br, ok := a.r.(io.ByteReader); ok {
		if c, err = br.ReadByte(); err == nil {
			a.seen.WriteByte(c)
		}
		return c, err
	}
	var one [1]byte
	_, err = io.ReadFull(a, one[:])
	return one[0], err
}

// reader reads what will be read again: byte by byte if that is no more than what it reads from allows.
func (a *again) reader() io.Reader {
	if _, ok := a.r.(io.ByteReader); ok {
		return a
	}
	return struct{ io.Reader }{a}
}

// from reads all from the beginning.
func (a *again) from() io.Reader {
	rest := io.MultiReader(&a.seen, a.r)
	br, ok := a.r.(io.ByteReader)
	if !ok {
		return rest
	}
	return &byteReader{rest, &a.seen, br}
}

// byteReader reads byte by byte too: first what has been seen.
type byteReader struct {
	io.Reader
	seen *bytes.Buffer
	rest io.ByteReader
}

// ReadByte implements io.ByteReader.
func (b *byteReader) ReadByte() (byte, error) {
	if b.seen.Len() > 0 {
		return b.seen.ReadByte()
	}
	return b.rest.ReadByte()
}
