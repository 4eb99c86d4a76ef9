package wire

import (
	"encoding/json"
	"errors"
	"reflect"
	"strconv"
)

// ErrNotJSON is the error of [Decode] for text that is not one JSON value.
var ErrNotJSON = errors.New("not JSON")

// Decode reads raw into what v points to, as encoding/json does, but for what does not fit: a member of another type than
// documented is left out, and takes nothing else with it. The caller checks for what it cannot do without.
//
// Once [Valid] has said that raw is JSON, one pass is enough for all of its members, however deep. A list that follows one
// of the same name replaces it.
func Decode(raw []byte, v any) error {
	if !Valid(raw) {
		return ErrNotJSON
	}
	_, err := Fill(raw, v)
	return err
}

// Fill is Decode for what is known to be JSON, such as a part of it, or what an UnmarshalJSON is given. Of what is none it
// reads nothing or the beginning, which may look whole: check an answer with [IsObject] or [Valid] before. all reports whether
// all of what raw has for v did fit. The error is the first of an UnmarshalJSON.
func Fill(raw []byte, v any) (all bool, err error) {
	target := reflect.ValueOf(v).Elem()
	var f filling
	f.value(shapeOf(target.Type()), target, skipSpace(raw))
	return !f.odd && f.err == nil, f.err
}

// filling is what one run found.
type filling struct {
	odd bool  // something did not fit
	err error // the first of an UnmarshalJSON
}

// value reads the value that rest begins with, and returns what follows it: nil when the text ended too early.
func (f *filling) value(s *shape, v reflect.Value, rest []byte) []byte {
	if len(rest) == 0 {
		return nil
	}
	switch {
	case s.kind == custom || s.kind == standard:
		return f.foreign(s, v, rest)
	case rest[0] == 'n': // null; nothing else begins so
		if s.kind == pointer || s.kind == list || s.kind == dictionary {
			v.SetZero()
		}
	case s.kind == pointer:
		if v.IsNil() {
			v.Set(reflect.New(v.Type().Elem()))
		}
		return f.value(s.elem, v.Elem(), rest)
	case s.kind == structure && rest[0] == '{':
		return f.structure(s, v, rest)
	case s.kind == dictionary && rest[0] == '{':
		return f.dictionary(s, v, rest)
	case s.kind == list && rest[0] == '[':
		return f.list(s, v, rest)
	case s.kind == text && rest[0] == '"':
		n, plain := stringAt(rest)
		if plain {
			v.SetString(string(rest[1 : n-1]))
		} else if said, ok := unquoted(rest[:n]); ok {
			v.SetString(said)
		} else {
			f.odd = true
		}
		return rest[n:]
	default:
		n := end(rest)
		if !scalar(s, v, rest[:n]) {
			f.odd = true
		}
		return rest[n:]
	}
	return rest[end(rest):]
}

// foreign hands a value to its type's own UnmarshalJSON, or to encoding/json.
func (f *filling) foreign(s *shape, v reflect.Value, rest []byte) []byte {
	n := end(rest)
	if n == 0 {
		return nil
	}
	var err error
	if u, ok := v.Addr().Interface().(json.Unmarshaler); ok && s.kind == custom {
		err = u.UnmarshalJSON(rest[:n:n])
	} else {
		err = json.Unmarshal(rest[:n], v.Addr().Interface())
	}
	if err != nil {
		f.fail(err)
	}
	return rest[n:]
}

func (f *filling) fail(err error) {
	var mistyped *json.UnmarshalTypeError
	switch {
	case errors.As(err, &mistyped):
		f.odd = true
	case f.err == nil:
		f.err = err
	}
}

// scalar stores a token in a number or a flag, and reports whether it is of that kind and fits.
func scalar(s *shape, v reflect.Value, token []byte) bool {
	switch s.kind {
	case integer:
		n, err := strconv.ParseInt(string(token), 10, 64)
		if err != nil || v.OverflowInt(n) {
			return false
		}
		v.SetInt(n)
		return true
	case flag:
		said := string(token)
		if said != "true" && said != "false" {
			return false
		}
		v.SetBool(said == "true")
		return true
	default:
		return false
	}
}

func (f *filling) structure(s *shape, v reflect.Value, rest []byte) []byte {
	next := 0 // members mostly come in the order of the fields
	for rest = skipSpace(rest[1:]); len(rest) > 0 && rest[0] == '"'; {
		i, n := s.fieldAt(rest, next)
		value := colon(rest[n:])
		if n == 0 || value == nil {
			return nil
		}
		rest = comma(f.field(s, i, v, value))
		if i >= 0 {
			next = i + 1
		}
	}
	return closed(rest)
}

// field reads a member into the field at this place, or into none, and returns what follows it.
func (f *filling) field(s *shape, i int, v reflect.Value, rest []byte) []byte {
	if i < 0 {
		return rest[end(rest):]
	}
	field, ok := at(v, s.fields[i].path)
	if !ok {
		f.odd = true
		return rest[end(rest):]
	}
	return f.value(s.fields[i].shape, field, rest)
}

// at returns a field, perhaps one of an embedded struct; ok is false where one is missing that cannot be made.
func at(v reflect.Value, path []int) (field reflect.Value, ok bool) {
	for i, n := range path {
		if i > 0 && v.Kind() == reflect.Pointer {
			if v.IsNil() {
				if !v.CanSet() {
					return v, false
				}
				v.Set(reflect.New(v.Type().Elem()))
			}
			v = v.Elem()
		}
		v = v.Field(n)
	}
	return v, true
}

func (f *filling) dictionary(s *shape, v reflect.Value, rest []byte) []byte {
	if v.IsNil() {
		v.Set(reflect.MakeMap(v.Type()))
	}
	elem := reflect.New(v.Type().Elem()).Elem()
	key := reflect.New(v.Type().Key()).Elem()
	return members(rest, func(name, rest []byte) []byte {
		elem.SetZero()
		rest = f.value(s.elem, elem, rest)
		key.SetString(string(name))
		v.SetMapIndex(key, elem)
		return rest
	})
}

func (f *filling) list(s *shape, v reflect.Value, rest []byte) []byte {
	v.Set(reflect.MakeSlice(v.Type(), 0, 0))
	for rest = skipSpace(rest[1:]); len(rest) > 0 && rest[0] != ']'; rest = skipSpace(rest) {
		n := v.Len()
		if n == v.Cap() {
			v.Grow(1)
		}
		v.SetLen(n + 1)
		v.Index(n).SetZero()
		before := len(rest)
		if rest = f.value(s.elem, v.Index(n), rest); len(rest) == before {
			return nil
		}
		if rest = skipSpace(rest); len(rest) > 0 && rest[0] == ',' {
			rest = skipSpace(rest[1:])
		}
	}
	if len(rest) == 0 {
		return nil
	}
	return rest[1:]
}
