/* `standin` plays the role of STANDIN_ROLE; `standin behave SETTING…` changes how the running one behaves. */
#include "standin.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int main(int argc, char **argv)
{
    if (argc > 1 && !strcmp(argv[1], "behave"))
        return behave(argc - 2, argv + 2);
    const struct role *role = role_find(getenv("STANDIN_ROLE"));
    if (!role) {
        fprintf(stderr, "standin: STANDIN_ROLE names no service\n");
        return 2;
    }
    return serve(role);
}
