/* The contract on SQLite with a real file. */
#include "suite.h"

int main(void)
{
	return contract_run("sqlite", &store_sqlite);
}
