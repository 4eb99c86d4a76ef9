package wire

import (
	"encoding"
	"encoding/json"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"sync"
)

// shape is how values of a type are read.
type shape struct {
	kind   kind
	elem   *shape // of pointers, lists and dictionaries
	fields []shapeField
}

type shapeField struct {
	name   string
	token  string // the name as it is mostly written
	path   []int  // through embedded structs
	tagged bool
	shape  *shape
}

type kind int

const (
	standard kind = iota // encoding/json reads it
	custom               // its UnmarshalJSON does
	text
	integer
	flag
	pointer
	list
	dictionary
	structure
)

// shapes remembers the shape of each type that was asked for: it follows from the type, and types are few.
var shapes sync.Map

func shapeOf(t reflect.Type) *shape {
	if s, ok := shapes.Load(t); ok {
		return s.(*shape)
	}
	s, _ := shapes.LoadOrStore(t, build(t, map[reflect.Type]*shape{}))
	return s.(*shape)
}

var (
	unmarshaler     = reflect.TypeFor[json.Unmarshaler]()
	textUnmarshaler = reflect.TypeFor[encoding.TextUnmarshaler]()
	number          = reflect.TypeFor[json.Number]()
)

// build makes the shape of t. seen has those that are being built: types may contain themselves.
func build(t reflect.Type, seen map[reflect.Type]*shape) *shape {
	if s := seen[t]; s != nil {
		return s
	}
	s := &shape{}
	seen[t] = s
	switch p := reflect.PointerTo(t); {
	case t.Kind() == reflect.Pointer:
		s.kind, s.elem = pointer, build(t.Elem(), seen)
	case p.Implements(unmarshaler):
		s.kind = custom
	case p.Implements(textUnmarshaler), t == number:
	default:
		s.fill(t, seen)
	}
	return s
}

func (s *shape) fill(t reflect.Type, seen map[reflect.Type]*shape) {
	switch t.Kind() {
	case reflect.String:
		s.kind = text
	case reflect.Bool:
		s.kind = flag
	case reflect.Int, reflect.Int8, reflect.Int16, reflect.Int32, reflect.Int64:
		s.kind = integer
	case reflect.Slice:
		if t.Elem().Kind() != reflect.Uint8 {
			s.kind, s.elem = list, build(t.Elem(), seen)
		}
	case reflect.Map:
		if t.Key().Kind() == reflect.String && !reflect.PointerTo(t.Key()).Implements(textUnmarshaler) {
			s.kind, s.elem = dictionary, build(t.Elem(), seen)
		}
	case reflect.Struct:
		s.addFields(t, seen)
	}
}

// addFields gives s the fields of the struct t, those of embedded structs too. A struct with a tag's option that changes
// how a field is read is left to encoding/json.
func (s *shape) addFields(t reflect.Type, seen map[reflect.Type]*shape) {
	type part struct {
		t    reflect.Type
		path []int
	}
	var fields []shapeField
	taken := map[string]bool{} // names of outer fields, which hide those of embedded structs
	visited := map[reflect.Type]bool{t: true}
	for level := []part{{t: t}}; len(level) > 0; {
		var next []part
		found := map[string][]shapeField{}
		for _, p := range level {
			for i := range p.t.NumField() {
				f := p.t.Field(i)
				path := append(slices.Clone(p.path), i)
				name, quoted, use := nameOf(f)
				inner := f.Type
				if inner.Kind() == reflect.Pointer {
					inner = inner.Elem()
				}
				switch {
				case quoted:
					return
				case f.Anonymous && name == "" && inner.Kind() == reflect.Struct:
					if !visited[inner] {
						visited[inner] = true
						next = append(next, part{inner, path})
					}
				case !use || !f.IsExported():
				case name == "":
					found[f.Name] = append(found[f.Name], shapeField{name: f.Name, path: path, shape: build(f.Type, seen)})
				default:
					found[name] = append(found[name], shapeField{name: name, path: path, tagged: true, shape: build(f.Type, seen)})
				}
			}
		}
		for name, same := range found {
			if f, ok := dominant(same); ok && !taken[name] {
				fields = append(fields, f)
			}
			taken[name] = true
		}
		level = next
	}
	slices.SortFunc(fields, func(a, b shapeField) int { return slices.Compare(a.path, b.path) })
	for i := range fields {
		fields[i].token = strconv.Quote(fields[i].name)
	}
	s.kind, s.fields = structure, fields
}

// nameOf reads a field's tag. use is false for a field that is left out, quoted true for one that is read from a string.
func nameOf(f reflect.StructField) (name string, quoted, use bool) {
	tag := f.Tag.Get("json")
	name, options, _ := strings.Cut(tag, ",")
	return name, strings.Contains(options, "string"), tag != "-"
}

// dominant returns the one field that has the name among those of one depth: one with a tag, or the only one.
func dominant(same []shapeField) (shapeField, bool) {
	if len(same) > 1 {
		same = slices.DeleteFunc(same, func(f shapeField) bool { return !f.tagged })
	}
	if len(same) != 1 {
		return shapeField{}, false
	}
	return same[0], true
}

// fieldAt is find for the member that rest begins with. n is the length of its name, 0 when that has no end.
func (s *shape) fieldAt(rest []byte, likely int) (i, n int) {
	if likely < len(s.fields) {
		if token := s.fields[likely].token; len(rest) > len(token) && string(rest[:len(token)]) == token {
			return likely, len(token)
		}
	}
	name, n := nameAt(rest)
	return s.find(name), n
}

// find returns the place in fields of the one that a member of this name goes into: the field with that name, else the
// first that differs in case alone; -1 when there is none.
func (s *shape) find(name []byte) int {
	for i := range s.fields {
		if string(name) == s.fields[i].name {
			return i
		}
	}
	for i := range s.fields {
		if Named(name, s.fields[i].name) {
			return i
		}
	}
	return -1
}
