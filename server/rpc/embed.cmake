# Writes a file's bytes as a C array: cmake -DIN=... -DOUT=... -DNAME=... -P
file(READ ${IN} bytes HEX)
string(LENGTH "${bytes}" digits)
math(EXPR len "${digits} / 2")
string(REGEX REPLACE "(................................)" "\\1\n" bytes "${bytes}")
string(REGEX REPLACE "([0-9a-f][0-9a-f])" "0x\\1," bytes "${bytes}")
file(WRITE ${OUT} "#include <stddef.h>\n\n"
	"extern const unsigned char ${NAME}[];\n"
	"extern const size_t ${NAME}_len;\n\n"
	"const unsigned char ${NAME}[] = {\n${bytes}\n};\n"
	"const size_t ${NAME}_len = ${len};\n")
