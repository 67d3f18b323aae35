// Command image draws a small picture for a name: the same one every time.
package main

import (
	"bytes"
	"context"
	"hash/fnv"
	"image"
	"image/color"
	"image/png"

	postern "github.com/postern-dev/postern/sdk/go/lite"
)

func init() { postern.HandleEvent(handle) }

func main() {}

func handle(_ context.Context, e postern.Event) (postern.Response, error) {
	var b bytes.Buffer
	if err := png.Encode(&b, draw(e.Param("name"))); err != nil {
		return postern.Response{}, err
	}
	header := postern.Header{"Content-Type": {"image/png"}, "Cache-Control": {"max-age=3600"}}
	return postern.Response{Header: header, Body: b.Bytes()}, nil
}

// The picture has cells by cells squares; its right half mirrors its left one.
const (
	cells = 8
	scale = 16
)

// draw makes a picture of the bits of the name's hash.
func draw(name string) image.Image {
	h := fnv.New64a()
	h.Write([]byte(name))
	bits := h.Sum64()
	dark := color.RGBA{uint8(bits >> 40), uint8(bits >> 48), uint8(bits >> 56), 255}
	m := image.NewPaletted(image.Rect(0, 0, cells*scale, cells*scale), color.Palette{color.White, dark})
	for y := range cells * scale {
		for x := range cells * scale {
			column := min(x/scale, cells-1-x/scale)
			if bits>>(y/scale*cells/2+column)&1 == 1 {
				m.SetColorIndex(x, y, 1)
			}
		}
	}
	return m
}
