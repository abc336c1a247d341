export interface paths {
    "/api/v1/session": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Who is signed in, in which organization; whether the first owner is still to come
         * @description A page that asks by itself (not because its person did something) sends the header `x-ledgerferry-quiet: 1` with every request, so that an open window keeps no session alive. Sessions end after 30 minutes idle and 12 hours in all.
         */
        get: {
            parameters: {
                query?: never;
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description Default Response */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": {
                            person: {
                                userId: string;
                                name: string;
                                email: string;
                                /** @enum {string} */
                                role: "read-only" | "reviewer" | "bookkeeper" | "owner";
                                twoFactor: boolean;
                            } | null;
                            organization: {
                                id: string;
                                name: string;
                            } | null;
                            organizations: {
                                id: string;
                                name: string;
                            }[];
                            provenUntil: string | null;
                            needsOwner: boolean;
                            isDemo: boolean;
                            /** @description offered: GET /oauth/intuit/sign-in */
                            signInWithIntuit: boolean;
                        };
                    };
                };
            };
        };
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/session/prove": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Give the password again (and the code with two-factor on); good for five minutes
         * @description Steps that reach far (overwrite, authorize, reconnect, disconnect, exports, reset links) answer 403 with `needs` when this was longer ago.
         */
        post: {
            parameters: {
                query?: never;
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody: {
                content: {
                    "application/json": {
                        password: string;
                        /** @default null */
                        code?: string | null;
                    };
                };
            };
            responses: {
                /** @description Default Response */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": {
                            provenUntil: string;
                        };
                    };
                };
                /** @description Default Response */
                403: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": {
                            error: string;
                            /**
                             * @description What POST /api/v1/session/prove wants before the step is repeated; absent when the role forbids it.
                             * @enum {string}
                             */
                            needs?: "password" | "password-and-code";
                        };
                    };
                };
            };
        };
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/session/organization": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Work in another of one’s organizations from now on */
        post: {
            parameters: {
                query?: never;
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody: {
                content: {
                    "application/json": {
                        id: string;
                    };
                };
            };
            responses: {
                /** @description Default Response */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": {
                            entered: boolean;
                        };
                    };
                };
            };
        };
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/setup": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** The first owner of an organization, by the one-time link that the terminal printed */
        post: {
            parameters: {
                query?: never;
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody: {
                content: {
                    "application/json": {
                        name: string;
                        password: string;
                        token: string;
                        /** Format: email */
                        email: string;
                    };
                };
            };
            responses: {
                /** @description Default Response */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content?: never;
                };
            };
        };
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/invitations/{id}/accept": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Accept an invitation: name and password; whoever has an account already gives its password */
        post: {
            parameters: {
                query?: never;
                header?: never;
                path: {
                    id: string;
                };
                cookie?: never;
            };
            requestBody: {
                content: {
                    "application/json": {
                        name: string;
                        password: string;
                    };
                };
            };
            responses: {
                /** @description Default Response */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content?: never;
                };
            };
        };
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/reset": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** A new password by a one-time link of an owner or the terminal; all sessions of the person end */
        post: {
            parameters: {
                query?: never;
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody: {
                content: {
                    "application/json": {
                        token: string;
                        password: string;
                    };
                };
            };
            responses: {
                /** @description Default Response */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": {
                            reset: boolean;
                        };
                    };
                };
            };
        };
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/profile": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        /** Change one’s own name */
        patch: {
            parameters: {
                query?: never;
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody: {
                content: {
                    "application/json": {
                        name: string;
                    };
                };
            };
            responses: {
                /** @description Default Response */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": {
                            changed: boolean;
                        };
                    };
                };
            };
        };
        trace?: never;
    };
    "/api/v1/profile/password": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Change one’s own password; the other sessions of this person end */
        post: {
            parameters: {
                query?: never;
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody: {
                content: {
                    "application/json": {
                        present: string;
                        wanted: string;
                    };
                };
            };
            responses: {
                /** @description Default Response */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": {
                            changed: boolean;
                        };
                    };
                };
                /** @description Default Response */
                403: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": {
                            error: string;
                            /**
                             * @description What POST /api/v1/session/prove wants before the step is repeated; absent when the role forbids it.
                             * @enum {string}
                             */
                            needs?: "password" | "password-and-code";
                        };
                    };
                };
            };
        };
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/people": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Who may sign in, and who is invited */
        get: {
            parameters: {
                query?: never;
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description Default Response */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": {
                            people: {
                                userId: string;
                                name: string;
                                email: string;
                                /** @enum {string} */
                                role: "read-only" | "reviewer" | "bookkeeper" | "owner";
                                twoFactor: boolean;
                                memberId: string;
                            }[];
                            invitations: {
                                id: string;
                                email: string;
                                /** @enum {string} */
                                role: "read-only" | "reviewer" | "bookkeeper" | "owner";
                                expiresAt: string;
                                link: string;
                            }[];
                        };
                    };
                };
            };
        };
        put?: never;
        /** Invite somebody; the answer holds the link to give to them, good for seven days */
        post: {
            parameters: {
                query?: never;
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody: {
                content: {
                    "application/json": {
                        /** Format: email */
                        email: string;
                        /** @enum {string} */
                        role: "read-only" | "reviewer" | "bookkeeper" | "owner";
                    };
                };
            };
            responses: {
                /** @description Default Response */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": {
                            id: string;
                            email: string;
                            /** @enum {string} */
                            role: "read-only" | "reviewer" | "bookkeeper" | "owner";
                            expiresAt: string;
                            link: string;
                        };
                    };
                };
            };
        };
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/people/{memberId}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        post?: never;
        /** Remove a person: their sessions end at once */
        delete: {
            parameters: {
                query?: never;
                header?: never;
                path: {
                    memberId: string;
                };
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description Default Response */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": {
                            removed: boolean;
                        };
                    };
                };
            };
        };
        options?: never;
        head?: never;
        /** Change a role, at once; an owner always remains */
        patch: {
            parameters: {
                query?: never;
                header?: never;
                path: {
                    memberId: string;
                };
                cookie?: never;
            };
            requestBody: {
                content: {
                    "application/json": {
                        /** @enum {string} */
                        role: "read-only" | "reviewer" | "bookkeeper" | "owner";
                    };
                };
            };
            responses: {
                /** @description Default Response */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": {
                            changed: boolean;
                        };
                    };
                };
            };
        };
        trace?: never;
    };
    "/api/v1/people/{memberId}/reset-link": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** A one-time link by which a member sets a new password, good for a day; give it to them yourself */
        post: {
            parameters: {
                query?: never;
                header?: never;
                path: {
                    memberId: string;
                };
                cookie?: never;
            };
            requestBody: {
                content: {
                    "application/json": {
                        /** @default false */
                        dropTwoFactor?: boolean;
                    };
                };
            };
            responses: {
                /** @description Default Response */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": {
                            email: string;
                            link: string;
                            expiresAt: string;
                        };
                    };
                };
                /** @description Default Response */
                403: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": {
                            error: string;
                            /**
                             * @description What POST /api/v1/session/prove wants before the step is repeated; absent when the role forbids it.
                             * @enum {string}
                             */
                            needs?: "password" | "password-and-code";
                        };
                    };
                };
            };
        };
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/roles": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** The roles, each including those before it */
        get: {
            parameters: {
                query?: never;
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description Default Response */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": {
                            roles: string[];
                        };
                    };
                };
            };
        };
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/connections": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** All connections, with what each is doing */
        get: {
            parameters: {
                query?: never;
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description Default Response */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": {
                            connections: {
                                name: string;
                                syncStatus: string;
                                autotask: {
                                    state: string;
                                    user: string | null;
                                    url: string | null;
                                    detail: string | null;
                                };
                                quickbooks: {
                                    state: string;
                                    realmId: string | null;
                                    companyName: string | null;
                                    detail: string | null;
                                };
                                reportEmail: string | null;
                                nextRunAt: string | null;
                                inProcess: {
                                    text: string;
                                    kind: string | null;
                                    runId: string | null;
                                    holder: string;
                                    since: string | null;
                                    lives: boolean;
                                    progress: {
                                        step: string;
                                        done: number;
                                        total: number;
                                    } | null;
                                } | null;
                                lastRunAt: string | null;
                                lastRunState: string | null;
                                waitingCauses: number;
                                waitingInvoices: number;
                            }[];
                        };
                    };
                };
            };
        };
        put?: never;
        /** Add a connection, or give one new Autotask credentials: finds the zone, proves them, saves them sealed */
        post: {
            parameters: {
                query?: never;
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody: {
                content: {
                    "application/json": {
                        name: string;
                        autotaskUser: string;
                        integrationCode: string;
                        secret: string;
                    };
                };
            };
            responses: {
                /** @description Default Response */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": {
                            name: string;
                            syncStatus: string;
                            autotask: {
                                state: string;
                                user: string | null;
                                url: string | null;
                                detail: string | null;
                            };
                            quickbooks: {
                                state: string;
                                realmId: string | null;
                                companyName: string | null;
                                detail: string | null;
                            };
                            reportEmail: string | null;
                            nextRunAt: string | null;
                            inProcess: {
                                text: string;
                                kind: string | null;
                                runId: string | null;
                                holder: string;
                                since: string | null;
                                lives: boolean;
                                progress: {
                                    step: string;
                                    done: number;
                                    total: number;
                                } | null;
                            } | null;
                        };
                    };
                };
                /** @description Default Response */
                403: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": {
                            error: string;
                            /**
                             * @description What POST /api/v1/session/prove wants before the step is repeated; absent when the role forbids it.
                             * @enum {string}
                             */
                            needs?: "password" | "password-and-code";
                        };
                    };
                };
            };
        };
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/connections/{name}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** One connection */
        get: {
            parameters: {
                query?: never;
                header?: never;
                path: {
                    name: string;
                };
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description Default Response */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": {
                            name: string;
                            syncStatus: string;
                            autotask: {
                                state: string;
                                user: string | null;
                                url: string | null;
                                detail: string | null;
                            };
                            quickbooks: {
                                state: string;
                                realmId: string | null;
                                companyName: string | null;
                                detail: string | null;
                            };
                            reportEmail: string | null;
                            nextRunAt: string | null;
                            inProcess: {
                                text: string;
                                kind: string | null;
                                runId: string | null;
                                holder: string;
                                since: string | null;
                                lives: boolean;
                                progress: {
                                    step: string;
                                    done: number;
                                    total: number;
                                } | null;
                            } | null;
                        };
                    };
                };
            };
        };
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/connections/{name}/test": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Ask both vendors whether it works */
        post: {
            parameters: {
                query?: never;
                header?: never;
                path: {
                    name: string;
                };
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description Default Response */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": {
                            works: boolean;
                            autotask: string[];
                            quickbooks: string[];
                        };
                    };
                };
            };
        };
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/connections/{name}/authorize": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Where the person gives consent at Intuit; the answer comes to /oauth/intuit/callback */
        post: {
            parameters: {
                query?: never;
                header?: never;
                path: {
                    name: string;
                };
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description Default Response */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": {
                            url: string;
                            state: string;
                            redirectUri: string;
                        };
                    };
                };
                /** @description Default Response */
                403: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": {
                            error: string;
                            /**
                             * @description What POST /api/v1/session/prove wants before the step is repeated; absent when the role forbids it.
                             * @enum {string}
                             */
                            needs?: "password" | "password-and-code";
                        };
                    };
                };
            };
        };
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/connections/{name}/sync-status": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** sync, paused, or next-batch: the next batch and then paused */
        post: {
            parameters: {
                query?: never;
                header?: never;
                path: {
                    name: string;
                };
                cookie?: never;
            };
            requestBody: {
                content: {
                    "application/json": {
                        /** @enum {string} */
                        status: "sync" | "paused" | "next-batch";
                    };
                };
            };
            responses: {
                /** @description Default Response */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": {
                            name: string;
                            syncStatus: string;
                            autotask: {
                                state: string;
                                user: string | null;
                                url: string | null;
                                detail: string | null;
                            };
                            quickbooks: {
                                state: string;
                                realmId: string | null;
                                companyName: string | null;
                                detail: string | null;
                            };
                            reportEmail: string | null;
                            nextRunAt: string | null;
                            inProcess: {
                                text: string;
                                kind: string | null;
                                runId: string | null;
                                holder: string;
                                since: string | null;
                                lives: boolean;
                                progress: {
                                    step: string;
                                    done: number;
                                    total: number;
                                } | null;
                            } | null;
                        };
                    };
                };
            };
        };
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/connections/{name}/disconnect": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * End the QuickBooks side; settings, links and ledger stay
         * @description `leftAtIntuit` says what to do there by hand when Intuit could not be told; else null.
         */
        post: {
            parameters: {
                query?: never;
                header?: never;
                path: {
                    name: string;
                };
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description Default Response */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": {
                            name: string;
                            syncStatus: string;
                            autotask: {
                                state: string;
                                user: string | null;
                                url: string | null;
                                detail: string | null;
                            };
                            quickbooks: {
                                state: string;
                                realmId: string | null;
                                companyName: string | null;
                                detail: string | null;
                            };
                            reportEmail: string | null;
                            nextRunAt: string | null;
                            inProcess: {
                                text: string;
                                kind: string | null;
                                runId: string | null;
                                holder: string;
                                since: string | null;
                                lives: boolean;
                                progress: {
                                    step: string;
                                    done: number;
                                    total: number;
                                } | null;
                            } | null;
                            leftAtIntuit: string | null;
                        };
                    };
                };
                /** @description Default Response */
                403: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": {
                            error: string;
                            /**
                             * @description What POST /api/v1/session/prove wants before the step is repeated; absent when the role forbids it.
                             * @enum {string}
                             */
                            needs?: "password" | "password-and-code";
                        };
                    };
                };
            };
        };
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/connections/{name}/rename": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Give it another name; settings, links, ledger and history stay */
        post: {
            parameters: {
                query?: never;
                header?: never;
                path: {
                    name: string;
                };
                cookie?: never;
            };
            requestBody: {
                content: {
                    "application/json": {
                        name: string;
                    };
                };
            };
            responses: {
                /** @description Default Response */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": {
                            name: string;
                            syncStatus: string;
                            autotask: {
                                state: string;
                                user: string | null;
                                url: string | null;
                                detail: string | null;
                            };
                            quickbooks: {
                                state: string;
                                realmId: string | null;
                                companyName: string | null;
                                detail: string | null;
                            };
                            reportEmail: string | null;
                            nextRunAt: string | null;
                            inProcess: {
                                text: string;
                                kind: string | null;
                                runId: string | null;
                                holder: string;
                                since: string | null;
                                lives: boolean;
                                progress: {
                                    step: string;
                                    done: number;
                                    total: number;
                                } | null;
                            } | null;
                        };
                    };
                };
            };
        };
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/connections/{name}/remove": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Take a disconnected one off the list and forget its secrets; its history stays in the database */
        post: {
            parameters: {
                query?: never;
                header?: never;
                path: {
                    name: string;
                };
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description Default Response */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": {
                            name: string;
                            /** @enum {boolean} */
                            removed: true;
                        };
                    };
                };
                /** @description Default Response */
                403: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": {
                            error: string;
                            /**
                             * @description What POST /api/v1/session/prove wants before the step is repeated; absent when the role forbids it.
                             * @enum {string}
                             */
                            needs?: "password" | "password-and-code";
                        };
                    };
                };
            };
        };
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/overview": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** What moved this month, quotas, the last run, invoices by state */
        get: {
            parameters: {
                query?: {
                    connection?: string;
                };
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description Default Response */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": {
                            month: string;
                            moved: {
                                day: string;
                                invoices: number;
                                amount: string;
                                currency: string | null;
                            }[];
                            states: {
                                [key: string]: number;
                            };
                            quotas: {
                                vendor: string;
                                what: string;
                                used: number;
                                limit: number;
                            }[];
                            lastRun: {
                                id: string;
                                kind: string;
                                state: string;
                                requestedBy: string;
                                requestedAt: string;
                                startedAt: string | null;
                                endedAt: string | null;
                                progress: {
                                    step: string;
                                    done: number;
                                    total: number;
                                } | null;
                                failure: string | null;
                                posted: number;
                                waiting: number;
                            } | null;
                            lastPosted: {
                                id: string;
                                endedAt: string;
                                posted: number;
                            } | null;
                        };
                    };
                };
            };
        };
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/connections/{name}/company": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** What QuickBooks says of the company, read now: numbering, closing date, tax, classes, currencies */
        get: {
            parameters: {
                query?: never;
                header?: never;
                path: {
                    name: string;
                };
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description Default Response */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": {
                            name: string;
                            country: string;
                            regime: string;
                            customNumbers: boolean;
                            multiCurrency: boolean;
                            homeCurrency: string;
                            booksClosedTo: string | null;
                            classTracking: boolean;
                        };
                    };
                };
            };
        };
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/connections/{name}/dry-run": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** What a sync of the last days would do, by name; changes nothing at either vendor */
        post: {
            parameters: {
                query?: never;
                header?: never;
                path: {
                    name: string;
                };
                cookie?: never;
            };
            requestBody: {
                content: {
                    "application/json": {
                        /** @default 14 */
                        days?: number;
                        /** @default null */
                        notBefore?: string | null;
                    };
                };
            };
            responses: {
                /** @description Default Response */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": {
                            days: number;
                            notBefore: string;
                            total: string;
                            invoices: {
                                autotaskInvoiceId: number;
                                invoiceNumber: string;
                                company: string;
                                total: string;
                                totalWithTax: string;
                                ready: boolean;
                                reasons: {
                                    code: string;
                                    text: string;
                                }[];
                                invoiceDate: string | null;
                                createdAt: string | null;
                                processedAt: string | null;
                            }[];
                            customers: string[];
                            items: string[];
                            left: {
                                code: string;
                                text: string;
                                invoices: number;
                            }[];
                        };
                    };
                };
            };
        };
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/settings": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** All settings with their version */
        get: {
            parameters: {
                query?: {
                    connection?: string;
                };
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description Default Response */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": {
                            version: number;
                            settings: {
                                [key: string]: string;
                            };
                        };
                    };
                };
            };
        };
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        /** Change settings as a new version, all or none; import takes an exported document here. With the version that was looked at, 409 where another came since */
        patch: {
            parameters: {
                query?: {
                    connection?: string;
                };
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody: {
                content: {
                    "application/json": {
                        changes: {
                            [key: string]: string;
                        };
                        /** @default null */
                        version?: number | null;
                    };
                };
            };
            responses: {
                /** @description Default Response */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": {
                            version: number;
                            settings: {
                                [key: string]: string;
                            };
                            /** @description what is different now; where nothing is, no version was made */
                            changed: string[];
                        };
                    };
                };
            };
        };
        trace?: never;
    };
    "/api/v1/settings/table": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** What each setting takes, its default and what it does */
        get: {
            parameters: {
                query?: never;
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description Default Response */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": {
                            settings: {
                                key: string;
                                kind: string;
                                values: string[];
                                default: string;
                                help: string;
                                min: number | null;
                                max: number | null;
                                notYet: string[];
                            }[];
                        };
                    };
                };
            };
        };
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/settings/history": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** The versions, newest first: who changed what when */
        get: {
            parameters: {
                query?: {
                    connection?: string;
                };
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description Default Response */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": {
                            versions: {
                                version: number;
                                at: string;
                                by: string;
                                changes: {
                                    key: string;
                                    from: string;
                                    to: string;
                                }[];
                            }[];
                        };
                    };
                };
            };
        };
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/settings/restore": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** An older version becomes the present one, as a new version; never the sync status */
        post: {
            parameters: {
                query?: {
                    connection?: string;
                };
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody: {
                content: {
                    "application/json": {
                        version: number;
                    };
                };
            };
            responses: {
                /** @description Default Response */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": {
                            version: number;
                            settings: {
                                [key: string]: string;
                            };
                        };
                    };
                };
            };
        };
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/choices/{list}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** What QuickBooks has to choose from, read now */
        get: {
            parameters: {
                query?: {
                    connection?: string;
                };
                header?: never;
                path: {
                    list: "accounts" | "items" | "terms" | "tax-codes" | "classes" | "customers";
                };
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description Default Response */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": {
                            rows: {
                                id: string;
                                name: string;
                                detail: string;
                            }[];
                        };
                    };
                };
            };
        };
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/settings/effect": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** What a change would do to invoices that are not in QuickBooks yet; refuses what a change would refuse */
        post: {
            parameters: {
                query?: {
                    connection?: string;
                };
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody: {
                content: {
                    "application/json": {
                        changes: {
                            [key: string]: string;
                        };
                    };
                };
            };
            responses: {
                /** @description Default Response */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": {
                            changed: string[];
                            freed: {
                                autotaskInvoiceId: number;
                                invoiceNumber: string;
                                company: string;
                                total: string;
                                totalWithTax: string;
                                readonly reasons: {
                                    code: string;
                                    text: string;
                                }[];
                            }[];
                            stopped: {
                                autotaskInvoiceId: number;
                                invoiceNumber: string;
                                company: string;
                                total: string;
                                totalWithTax: string;
                                readonly reasons: {
                                    code: string;
                                    text: string;
                                }[];
                            }[];
                            redrafted: {
                                autotaskInvoiceId: number;
                                invoiceNumber: string;
                                company: string;
                                total: string;
                                totalWithTax: string;
                                readonly reasons: {
                                    code: string;
                                    text: string;
                                }[];
                            }[];
                            unchanged: number;
                        };
                    };
                };
            };
        };
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/settings/export": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** The settings as a file, for import elsewhere. Asks for the password again */
        get: {
            parameters: {
                query?: {
                    connection?: string;
                };
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description Default Response */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": {
                            version: number;
                            settings: {
                                [key: string]: string;
                            };
                        };
                    };
                };
                /** @description Default Response */
                403: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": {
                            error: string;
                            /**
                             * @description What POST /api/v1/session/prove wants before the step is repeated; absent when the role forbids it.
                             * @enum {string}
                             */
                            needs?: "password" | "password-and-code";
                        };
                    };
                };
            };
        };
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/links": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Who is who: pairs that are kept by id */
        get: {
            parameters: {
                query?: {
                    connection?: string;
                };
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description Default Response */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": {
                            links: {
                                kind: string;
                                source: string;
                                quickbooksId: string;
                                quickbooksName: string;
                                origin: string;
                                linkedAt: string;
                            }[];
                            kinds: {
                                [key: string]: string;
                            };
                        };
                    };
                };
            };
        };
        /** Set pairs, all or none; QuickBooks’ side by id or exact name */
        put: {
            parameters: {
                query?: {
                    connection?: string;
                };
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody: {
                content: {
                    "application/json": {
                        links: {
                            kind: string;
                            source: string;
                            quickbooks: string;
                        }[];
                    };
                };
            };
            responses: {
                /** @description Default Response */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": {
                            set: number;
                        };
                    };
                };
            };
        };
        post?: never;
        /** Take a pair away; the next run matches by name */
        delete: {
            parameters: {
                query: {
                    connection?: string;
                    kind: string;
                    source: string;
                };
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description Default Response */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": {
                            removed: boolean;
                        };
                    };
                };
            };
        };
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/links/table": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** All of one kind: what is linked, what is not, and what it might be */
        get: {
            parameters: {
                query: {
                    connection?: string;
                    kind: string;
                };
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description Default Response */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": {
                            rows: {
                                source: string;
                                name: string;
                                link: {
                                    id: string;
                                    name: string;
                                    origin: string;
                                } | null;
                                suggestion: {
                                    id: string;
                                    name: string;
                                    isSameName: boolean;
                                } | null;
                            }[];
                            choices: {
                                id: string;
                                name: string;
                            }[];
                        };
                    };
                };
            };
        };
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/links/csv": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** All pairs as CSV, in the form that is read again. Asks for the password again */
        get: {
            parameters: {
                query?: {
                    connection?: string;
                };
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description text/csv */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": unknown;
                    };
                };
                /** @description Default Response */
                403: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": {
                            error: string;
                            /**
                             * @description What POST /api/v1/session/prove wants before the step is repeated; absent when the role forbids it.
                             * @enum {string}
                             */
                            needs?: "password" | "password-and-code";
                        };
                    };
                };
            };
        };
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/links/preview": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** What a CSV file would change, line by line; changes nothing */
        post: {
            parameters: {
                query?: {
                    connection?: string;
                };
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody: {
                content: {
                    "application/json": {
                        csv: string;
                    };
                };
            };
            responses: {
                /** @description Default Response */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": {
                            lines: {
                                line: number;
                                kind: string;
                                source: string;
                                quickbooks: string;
                                quickbooksName: string;
                                /** @enum {string} */
                                result: "new" | "change" | "same" | "error";
                                text: string;
                            }[];
                        };
                    };
                };
            };
        };
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/invoices": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Every invoice that was seen, with its state; 500 at a time by invoice id, or a search */
        get: {
            parameters: {
                query?: {
                    connection?: string;
                    state?: "seen" | "waiting" | "parked" | "held" | "skipped" | "ready" | "posting" | "verifying" | "posted" | "written_back" | "voided";
                    search?: string;
                    after?: number;
                };
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description Default Response */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": {
                            transfers: {
                                autotaskInvoiceId: number;
                                copyNumber: number;
                                /** @enum {string} */
                                state: "seen" | "waiting" | "parked" | "held" | "skipped" | "ready" | "posting" | "verifying" | "posted" | "written_back" | "voided";
                                invoiceNumber: string;
                                company: string;
                                invoiceDate: string | null;
                                total: string;
                                quickbooksId: string;
                                quickbooksNumber: string;
                                quickbooksTotal: string;
                                balance: string | null;
                                paidOn: string | null;
                                customerMail: string | null;
                                postedAt: string | null;
                                problems: {
                                    code: string;
                                    who: string;
                                    text: string;
                                    remedy: string;
                                }[];
                            }[];
                            next: number | null;
                        };
                    };
                };
            };
        };
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/transfers": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Every invoice that was seen, with its state; 500 at a time by invoice id, or a search */
        get: {
            parameters: {
                query?: {
                    connection?: string;
                    state?: "seen" | "waiting" | "parked" | "held" | "skipped" | "ready" | "posting" | "verifying" | "posted" | "written_back" | "voided";
                    search?: string;
                    after?: number;
                };
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description Default Response */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": {
                            transfers: {
                                autotaskInvoiceId: number;
                                copyNumber: number;
                                /** @enum {string} */
                                state: "seen" | "waiting" | "parked" | "held" | "skipped" | "ready" | "posting" | "verifying" | "posted" | "written_back" | "voided";
                                invoiceNumber: string;
                                company: string;
                                invoiceDate: string | null;
                                total: string;
                                quickbooksId: string;
                                quickbooksNumber: string;
                                quickbooksTotal: string;
                                balance: string | null;
                                paidOn: string | null;
                                customerMail: string | null;
                                postedAt: string | null;
                                problems: {
                                    code: string;
                                    who: string;
                                    text: string;
                                    remedy: string;
                                }[];
                            }[];
                            next: number | null;
                        };
                    };
                };
            };
        };
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/invoices/{id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** One invoice: its copies and its history */
        get: {
            parameters: {
                query?: {
                    connection?: string;
                };
                header?: never;
                path: {
                    id: number;
                };
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description Default Response */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": {
                            copies: {
                                autotaskInvoiceId: number;
                                copyNumber: number;
                                /** @enum {string} */
                                state: "seen" | "waiting" | "parked" | "held" | "skipped" | "ready" | "posting" | "verifying" | "posted" | "written_back" | "voided";
                                invoiceNumber: string;
                                company: string;
                                invoiceDate: string | null;
                                total: string;
                                quickbooksId: string;
                                quickbooksNumber: string;
                                quickbooksTotal: string;
                                balance: string | null;
                                paidOn: string | null;
                                customerMail: string | null;
                                postedAt: string | null;
                                problems: {
                                    code: string;
                                    who: string;
                                    text: string;
                                    remedy: string;
                                }[];
                            }[];
                            history: {
                                copyNumber: number;
                                at: string;
                                from: string;
                                to: string;
                                reason: string | null;
                                actor: string;
                                runId: string | null;
                            }[];
                        };
                    };
                };
            };
        };
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/invoices/ready": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Which invoices the next run would pick up, and why not the others; changes nothing. Mails the list when a bookkeeper asks */
        post: {
            parameters: {
                query?: {
                    connection?: string;
                };
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody: {
                content: {
                    "application/json": {
                        numbering?: string;
                        maxAgeDays?: number;
                        /** @default false */
                        mail?: boolean;
                        /** @default [] */
                        emails?: string[];
                    };
                };
            };
            responses: {
                /** @description Default Response */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": {
                            invoices: {
                                autotaskInvoiceId: number;
                                invoiceNumber: string;
                                company: string;
                                total: string;
                                totalWithTax: string;
                                ready: boolean;
                                reasons: {
                                    code: string;
                                    text: string;
                                }[];
                                invoiceDate: string | null;
                                createdAt: string | null;
                                processedAt: string | null;
                            }[];
                        };
                    };
                };
            };
        };
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/invoices/{id}/preview": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * The exact QuickBooks body that would be sent, its differences to Autotask line by line, and all problems
         * @description Amounts of the body are exact JSON numbers; `autotask` has them as decimal text.
         */
        get: {
            parameters: {
                query?: {
                    connection?: string;
                };
                header?: never;
                path: {
                    id: number;
                };
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description Default Response */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content?: never;
                };
            };
        };
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/invoices/approve": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Approve the very drafts that wait for review, singly or all */
        post: {
            parameters: {
                query?: {
                    connection?: string;
                };
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody: {
                content: {
                    "application/json": {
                        ids: number[];
                    } | {
                        /** @enum {boolean} */
                        all: true;
                    };
                };
            };
            responses: {
                /** @description Default Response */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": {
                            approved: number[];
                            notWaiting: number[];
                        };
                    };
                };
            };
        };
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/invoices/hold": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** No run posts these until they are released */
        post: {
            parameters: {
                query?: {
                    connection?: string;
                };
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody: {
                content: {
                    "application/json": {
                        ids: number[];
                        reason: string;
                        /** @default 10 */
                        waitSeconds?: number;
                    };
                };
            };
            responses: {
                /** @description Default Response */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": {
                            done: number[];
                            left: {
                                autotaskInvoiceId: number;
                                reason: string;
                            }[];
                        };
                    };
                };
            };
        };
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/invoices/release": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** End a hold, or take back “done without posting” */
        post: {
            parameters: {
                query?: {
                    connection?: string;
                };
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody: {
                content: {
                    "application/json": {
                        ids: number[];
                        reason: string;
                        /** @default 10 */
                        waitSeconds?: number;
                    };
                };
            };
            responses: {
                /** @description Default Response */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": {
                            done: number[];
                            left: {
                                autotaskInvoiceId: number;
                                reason: string;
                            }[];
                            /** @description those that were on hold, each with its reason: for who takes the release back */
                            held: {
                                autotaskInvoiceId: number;
                                reason: string;
                            }[];
                        };
                    };
                };
            };
        };
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/invoices/mark-done": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Count as done without posting; Autotask’s mark is written when asked */
        post: {
            parameters: {
                query?: {
                    connection?: string;
                };
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody: {
                content: {
                    "application/json": {
                        ids: number[];
                        reason: string;
                        /** @default 10 */
                        waitSeconds?: number;
                        /** @default false */
                        markInAutotask?: boolean;
                        /** @default null */
                        number?: string | null;
                    };
                };
            };
            responses: {
                /** @description Default Response */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": {
                            done: number[];
                            left: {
                                autotaskInvoiceId: number;
                                reason: string;
                            }[];
                        };
                    };
                };
            };
        };
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/invoices/{id}/adopt": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * It is in QuickBooks already, posted by another program or by hand: count it as posted; posts nothing
         * @description Refused with what differs unless customer, total and date agree, and the numbers where both sides have one. Without `quickbooksId` it is looked for by number, then by customer, date and total.
         */
        post: {
            parameters: {
                query?: {
                    connection?: string;
                };
                header?: never;
                path: {
                    id: number;
                };
                cookie?: never;
            };
            requestBody: {
                content: {
                    "application/json": {
                        /** @default null */
                        quickbooksId?: string | null;
                        /** @default false */
                        dryRun?: boolean;
                        /** @default 10 */
                        waitSeconds?: number;
                    };
                };
            };
            responses: {
                /** @description Default Response */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": {
                            adopted: boolean;
                            autotask: {
                                id: string;
                                number: string;
                                customer: string;
                                date: string;
                                tax: string;
                                total: string;
                            };
                            quickbooks: {
                                id: string;
                                number: string;
                                customer: string;
                                date: string;
                                tax: string;
                                total: string;
                            };
                            differences: {
                                field: string;
                                autotask: string;
                                quickbooks: string;
                            }[];
                            text: string;
                        };
                    };
                };
            };
        };
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/invoices/table": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** One page of the invoice table by filter and order, with counts by state and cause and sums by currency */
        get: {
            parameters: {
                query?: {
                    connection?: string;
                    states?: string;
                    code?: string;
                    cause?: string;
                    company?: string;
                    search?: string;
                    from?: string;
                    to?: string;
                    least?: string;
                    most?: string;
                    sort?: "id" | "number" | "company" | "date" | "total" | "state" | "changed";
                    direction?: "asc" | "desc";
                    page?: number;
                    size?: number;
                };
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description Default Response */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": {
                            rows: {
                                autotaskInvoiceId: number;
                                copyNumber: number;
                                /** @enum {string} */
                                state: "seen" | "waiting" | "parked" | "held" | "skipped" | "ready" | "posting" | "verifying" | "posted" | "written_back" | "voided";
                                invoiceNumber: string;
                                company: string;
                                invoiceDate: string | null;
                                currency: string | null;
                                total: string;
                                tax: string;
                                quickbooksId: string;
                                quickbooksNumber: string;
                                quickbooksTotal: string;
                                quickbooksTax: string;
                                balance: string | null;
                                paidOn: string | null;
                                postedAt: string | null;
                                changedAt: string;
                                adopted: boolean;
                                awaitsApproval: string | null;
                                problems: {
                                    code: string;
                                    who: string;
                                    text: string;
                                    remedy: string;
                                }[];
                            }[];
                            summary: {
                                count: number;
                                states: {
                                    [key: string]: number;
                                };
                                codes: {
                                    code: string;
                                    count: number;
                                }[];
                                sums: {
                                    currency: string | null;
                                    count: number;
                                    total: string;
                                    quickbooksTotal: string;
                                }[];
                            };
                        };
                    };
                };
            };
        };
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/invoices/ids": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** The invoices behind a filter, for a decision over all of them; at most 10,000 */
        get: {
            parameters: {
                query?: {
                    connection?: string;
                    states?: string;
                    code?: string;
                    cause?: string;
                    company?: string;
                    search?: string;
                    from?: string;
                    to?: string;
                    least?: string;
                    most?: string;
                };
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description Default Response */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": {
                            ids: number[];
                        };
                    };
                };
            };
        };
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/invoices/csv": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** The filtered invoice table as CSV. Asks for the password again */
        get: {
            parameters: {
                query?: {
                    connection?: string;
                    states?: string;
                    code?: string;
                    cause?: string;
                    company?: string;
                    search?: string;
                    from?: string;
                    to?: string;
                    least?: string;
                    most?: string;
                    sort?: "id" | "number" | "company" | "date" | "total" | "state" | "changed";
                    direction?: "asc" | "desc";
                };
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description text/csv */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": unknown;
                    };
                };
                /** @description Default Response */
                403: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": {
                            error: string;
                            /**
                             * @description What POST /api/v1/session/prove wants before the step is repeated; absent when the role forbids it.
                             * @enum {string}
                             */
                            needs?: "password" | "password-and-code";
                        };
                    };
                };
            };
        };
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/invoices/{id}/beside": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Autotask and QuickBooks side by side, line by line: what QuickBooks holds now, or what would be sent
         * @description Amounts are decimal text; `body` is the exact JSON of the QuickBooks side. Asks both vendors.
         */
        get: {
            parameters: {
                query?: {
                    connection?: string;
                    copy?: number;
                };
                header?: never;
                path: {
                    id: number;
                };
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description Default Response */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": {
                            /** @enum {string} */
                            holds: "draft" | "quickbooks";
                            isMissing: boolean;
                            autotask: {
                                number: string | null;
                                party: string;
                                date: string | null;
                                dueDate: string | null;
                                net: string;
                                tax: string | null;
                                total: string | null;
                                balance: string | null;
                            };
                            quickbooks: {
                                number: string | null;
                                party: string;
                                date: string | null;
                                dueDate: string | null;
                                net: string;
                                tax: string | null;
                                total: string | null;
                                balance: string | null;
                            };
                            differs: ("number" | "date" | "tax" | "total")[];
                            lines: {
                                autotask: {
                                    name: string;
                                    description: string;
                                    quantity: string | null;
                                    rate: string | null;
                                    amount: string;
                                } | null;
                                quickbooks: {
                                    name: string;
                                    description: string;
                                    quantity: string | null;
                                    rate: string | null;
                                    amount: string;
                                } | null;
                                differs: ("description" | "quantity" | "rate" | "amount")[];
                                cents: string | null;
                                isAmountOnly: boolean;
                            }[];
                            problems: {
                                code: string;
                                who: string;
                                text: string;
                                remedy: string;
                            }[];
                            body: string;
                        };
                    };
                };
            };
        };
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/runs": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** The last 50 runs, or those before one of them; and what is in process */
        get: {
            parameters: {
                query?: {
                    connection?: string;
                    kind?: "automatic" | "sync-now" | "manual-copy" | "void-pass" | "payment-pass" | "compare-items" | "copy-items" | "reactivate" | "reconcile";
                    before?: string;
                };
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description Default Response */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": {
                            runs: {
                                id: string;
                                kind: string;
                                state: string;
                                requestedBy: string;
                                requestedAt: string;
                                startedAt: string | null;
                                endedAt: string | null;
                                progress: {
                                    step: string;
                                    done: number;
                                    total: number;
                                } | null;
                                failure: string | null;
                                counts: {
                                    [key: string]: number;
                                } | null;
                            }[];
                            inProcess: {
                                text: string;
                                kind: string | null;
                                runId: string | null;
                                holder: string;
                                since: string | null;
                                lives: boolean;
                                progress: {
                                    step: string;
                                    done: number;
                                    total: number;
                                } | null;
                            } | null;
                        };
                    };
                };
            };
        };
        put?: never;
        /** Ask for a run: sync now, manual copy, voids, payments, compare or copy items */
        post: {
            parameters: {
                query?: {
                    connection?: string;
                };
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody: {
                content: {
                    "application/json": {
                        /** @enum {string} */
                        kind: "sync-now";
                        /** @default [] */
                        emails?: string[];
                        /** @enum {string} */
                        until?: "posted";
                    } | {
                        /** @enum {string} */
                        kind: "manual-copy";
                        /** @default [] */
                        emails?: string[];
                        invoiceId?: number;
                        invoiceIds?: number[];
                        /** @description Autotask’s invoice number instead of its id */
                        number?: string;
                        /** @default false */
                        overwrite?: boolean;
                        /** @default false */
                        mailCustomer?: boolean;
                    } | {
                        /** @enum {string} */
                        kind: "void-pass";
                        /** @default [] */
                        emails?: string[];
                    } | {
                        /** @enum {string} */
                        kind: "payment-pass";
                        /** @default [] */
                        emails?: string[];
                        /** Format: date */
                        since?: string;
                    } | {
                        /** @enum {string} */
                        kind: "compare-items";
                        /** @default [] */
                        emails?: string[];
                        /** @enum {string} */
                        matchBy?: "name" | "external-number" | "id";
                        /** @default false */
                        silent?: boolean;
                    } | {
                        /** @enum {string} */
                        kind: "copy-items";
                        /** @default [] */
                        emails?: string[];
                        /** @enum {string} */
                        matchBy?: "name" | "external-number" | "id";
                        /** @default false */
                        dryRun?: boolean;
                        /** @default false */
                        silent?: boolean;
                    };
                };
            };
            responses: {
                /** @description Default Response */
                202: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": {
                            run: {
                                id: string;
                                kind: string;
                                state: string;
                                requestedBy: string;
                                requestedAt: string;
                                startedAt: string | null;
                                endedAt: string | null;
                                progress: {
                                    step: string;
                                    done: number;
                                    total: number;
                                } | null;
                                failure: string | null;
                            };
                        };
                    };
                };
                /** @description Default Response */
                403: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": {
                            error: string;
                            /**
                             * @description What POST /api/v1/session/prove wants before the step is repeated; absent when the role forbids it.
                             * @enum {string}
                             */
                            needs?: "password" | "password-and-code";
                        };
                    };
                };
            };
        };
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/runs/{id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** A run with what it did */
        get: {
            parameters: {
                query?: {
                    connection?: string;
                };
                header?: never;
                path: {
                    id: string;
                };
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description Default Response */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": {
                            run: {
                                id: string;
                                kind: string;
                                state: string;
                                requestedBy: string;
                                requestedAt: string;
                                startedAt: string | null;
                                endedAt: string | null;
                                progress: {
                                    step: string;
                                    done: number;
                                    total: number;
                                } | null;
                                failure: string | null;
                            };
                            transfers: {
                                autotaskInvoiceId: number;
                                copyNumber: number;
                                /** @enum {string} */
                                state: "seen" | "waiting" | "parked" | "held" | "skipped" | "ready" | "posting" | "verifying" | "posted" | "written_back" | "voided";
                                quickbooksId: string;
                                quickbooksNumber: string;
                                total: string;
                                quickbooksTotal: string;
                                invoiceNumber: string;
                                company: string;
                                adopted: boolean;
                                customerMail: {
                                    state: string;
                                    address: string | null;
                                } | null;
                                paidOn: string | null;
                                balance: string | null;
                                problems: {
                                    code: string;
                                    who: string;
                                    text: string;
                                    remedy: string;
                                }[];
                            }[];
                            counts: {
                                [key: string]: number;
                            } | null;
                            totals: {
                                currency: string;
                                invoices: number;
                                total: string;
                            }[];
                            obstacles: {
                                code: string;
                                who: string;
                                text: string;
                                remedy: string;
                                invoices: number[];
                            }[];
                            since: {
                                autotaskInvoiceId: number;
                                copyNumber: number;
                                /** @enum {string} */
                                state: "seen" | "waiting" | "parked" | "held" | "skipped" | "ready" | "posting" | "verifying" | "posted" | "written_back" | "voided";
                                readonly codes: string[];
                            }[];
                            asked: {
                                [key: string]: unknown;
                            };
                            result: unknown;
                        };
                    };
                };
            };
        };
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/runs/{id}/csv": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Its report, or its comparison, as CSV. Asks for the password again */
        get: {
            parameters: {
                query?: {
                    connection?: string;
                };
                header?: never;
                path: {
                    id: string;
                };
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description text/csv */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": unknown;
                    };
                };
                /** @description Default Response */
                403: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": {
                            error: string;
                            /**
                             * @description What POST /api/v1/session/prove wants before the step is repeated; absent when the role forbids it.
                             * @enum {string}
                             */
                            needs?: "password" | "password-and-code";
                        };
                    };
                };
            };
        };
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/runs/{id}/events": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Its progress as server-sent events, until it has ended */
        get: {
            parameters: {
                query?: {
                    connection?: string;
                };
                header?: never;
                path: {
                    id: string;
                };
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description Default Response */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content?: never;
                };
            };
        };
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/runs/clear": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** End a stuck run; a living worker only by force, which fences it off */
        post: {
            parameters: {
                query?: {
                    connection?: string;
                };
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody: {
                content: {
                    "application/json": {
                        /** @default false */
                        force?: boolean;
                    };
                };
            };
            responses: {
                /** @description Default Response */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": {
                            cleared: boolean;
                            holder: string | null;
                            lives: boolean;
                        };
                    };
                };
            };
        };
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/errors": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** What is in the way: by cause, and one by one */
        get: {
            parameters: {
                query?: {
                    connection?: string;
                    all?: "true" | "false";
                };
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description Default Response */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": {
                            causes: {
                                id: string;
                                code: string;
                                who: string;
                                text: string;
                                remedy: string;
                                invoices: number[];
                                actions: string[];
                                likely: string | null;
                                likelyName: string | null;
                                customer: string | null;
                                leavesOn: string | null;
                                standing: {
                                    text: string;
                                    undo: {
                                        /** @enum {string} */
                                        action: "create" | "link" | "release" | "hold";
                                        /** @enum {string} */
                                        kind: "customer" | "item";
                                        keys: string[];
                                        invoices: number[];
                                        reason?: string;
                                    } | null;
                                } | null;
                                firstSeen: string;
                                lastSeen: string;
                                count: number;
                            }[];
                            errors: {
                                id: string;
                                code: string;
                                who: string;
                                text: string;
                                remedy: string;
                                autotaskInvoiceId: number | null;
                                transferId: string | null;
                                runId: string | null;
                                reference: string | null;
                                firstSeen: string;
                                lastSeen: string;
                                count: number;
                                closedAt: string | null;
                            }[];
                            actions: {
                                [key: string]: {
                                    label: string;
                                    needs: string | null;
                                };
                            };
                        };
                    };
                };
            };
        };
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/errors/{id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** One obstacle */
        get: {
            parameters: {
                query?: {
                    connection?: string;
                };
                header?: never;
                path: {
                    id: string;
                };
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description Default Response */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": {
                            error: {
                                id: string;
                                code: string;
                                who: string;
                                text: string;
                                remedy: string;
                                autotaskInvoiceId: number | null;
                                transferId: string | null;
                                runId: string | null;
                                reference: string | null;
                                firstSeen: string;
                                lastSeen: string;
                                count: number;
                                closedAt: string | null;
                            };
                        };
                    };
                };
            };
        };
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/errors/decide": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** One decision frees everything that waits for a cause */
        post: {
            parameters: {
                query?: {
                    connection?: string;
                };
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody: {
                content: {
                    "application/json": {
                        cause: string;
                        action: string;
                        /** @default null */
                        target?: string | null;
                        /** @default null */
                        reason?: string | null;
                        /** @default 10 */
                        waitSeconds?: number;
                    };
                };
            };
            responses: {
                /** @description Default Response */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": {
                            cause: {
                                id: string;
                                code: string;
                                who: string;
                                text: string;
                                remedy: string;
                                invoices: number[];
                                actions: string[];
                                likely: string | null;
                                likelyName: string | null;
                                customer: string | null;
                                leavesOn: string | null;
                                standing: {
                                    text: string;
                                    undo: {
                                        /** @enum {string} */
                                        action: "create" | "link" | "release" | "hold";
                                        /** @enum {string} */
                                        kind: "customer" | "item";
                                        keys: string[];
                                        invoices: number[];
                                        reason?: string;
                                    } | null;
                                } | null;
                                firstSeen: string;
                                lastSeen: string;
                                count: number;
                            };
                            action: string;
                            text: string;
                            undo: {
                                /** @enum {string} */
                                action: "create" | "link" | "release" | "hold";
                                /** @enum {string} */
                                kind: "customer" | "item";
                                keys: string[];
                                invoices: number[];
                                reason?: string;
                            } | null;
                        };
                    };
                };
            };
        };
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/errors/undo": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Takes a decision back, as the answer to it says how */
        post: {
            parameters: {
                query?: {
                    connection?: string;
                };
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody: {
                content: {
                    "application/json": {
                        /** @enum {string} */
                        action: "create" | "link" | "release" | "hold";
                        /** @enum {string} */
                        kind: "customer" | "item";
                        keys: string[];
                        invoices: number[];
                        reason?: string;
                    };
                };
            };
            responses: {
                /** @description Default Response */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": {
                            text: string;
                        };
                    };
                };
            };
        };
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/outbox": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** The last mails, sent or kept */
        get: {
            parameters: {
                query?: {
                    connection?: string;
                };
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description Default Response */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": {
                            mails: {
                                id: string;
                                kind: string;
                                runId: string | null;
                                to: string[];
                                subject: string;
                                state: string;
                                attachments: string[];
                                lastError: string | null;
                                createdAt: string;
                            }[];
                        };
                    };
                };
            };
        };
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/outbox/{id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** One mail as it was composed */
        get: {
            parameters: {
                query?: {
                    connection?: string;
                };
                header?: never;
                path: {
                    id: string;
                };
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description Default Response */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": {
                            id: string;
                            kind: string;
                            runId: string | null;
                            to: string[];
                            subject: string;
                            state: string;
                            attachments: string[];
                            lastError: string | null;
                            createdAt: string;
                            text: string;
                            html: string;
                        };
                    };
                };
            };
        };
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/outbox/{id}/resend": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Sends a mail once more, to the same address */
        post: {
            parameters: {
                query?: {
                    connection?: string;
                };
                header?: never;
                path: {
                    id: string;
                };
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description Default Response */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": {
                            mail: {
                                id: string;
                                kind: string;
                                runId: string | null;
                                to: string[];
                                subject: string;
                                state: string;
                                attachments: string[];
                                lastError: string | null;
                                createdAt: string;
                            };
                        };
                    };
                };
            };
        };
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/troubleshoot": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** The bundle for whoever helps, as a zip; no secret, no customer data unless asked for */
        post: {
            parameters: {
                query?: {
                    connection?: string;
                };
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody: {
                content: {
                    "application/json": {
                        /** @default false */
                        withCustomerData?: boolean;
                    };
                };
            };
            responses: {
                /** @description application/zip */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": unknown;
                    };
                };
                /** @description Default Response */
                403: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": {
                            error: string;
                            /**
                             * @description What POST /api/v1/session/prove wants before the step is repeated; absent when the role forbids it.
                             * @enum {string}
                             */
                            needs?: "password" | "password-and-code";
                        };
                    };
                };
            };
        };
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/troubleshoot/mail": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** The bundle by mail, to the connecting address and to those given */
        post: {
            parameters: {
                query?: {
                    connection?: string;
                };
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody: {
                content: {
                    "application/json": {
                        /** @default false */
                        withCustomerData?: boolean;
                        /** @default [] */
                        emails?: string[];
                    };
                };
            };
            responses: {
                /** @description Default Response */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": {
                            mailed: {
                                to: string;
                                state: string;
                            }[];
                            files: string[];
                        };
                    };
                };
                /** @description Default Response */
                403: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": {
                            error: string;
                            /**
                             * @description What POST /api/v1/session/prove wants before the step is repeated; absent when the role forbids it.
                             * @enum {string}
                             */
                            needs?: "password" | "password-and-code";
                        };
                    };
                };
            };
        };
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/help/{topic}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** A page for users, or the section of one setting or problem; `index` names them all */
        get: {
            parameters: {
                query?: never;
                header?: never;
                path: {
                    topic: string;
                };
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description Default Response */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": {
                            topic: string;
                            topics: string[];
                            text: string;
                        };
                    };
                };
            };
        };
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/audit": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Who did what when, newest first, 200 lines at a time; of one connection when it is named */
        get: {
            parameters: {
                query?: {
                    connection?: string;
                    action?: string;
                    actor?: string;
                    /** @description this instant and after */
                    from?: string;
                    /** @description before this instant */
                    to?: string;
                    /** @description lines with a lower number: `next` of the page before */
                    before?: number;
                };
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description Default Response */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": {
                            entries: {
                                number: number;
                                at: string;
                                connection: string | null;
                                actor: string;
                                action: string;
                                subject: string;
                                detail: unknown;
                                hash: string;
                            }[];
                            next: number | null;
                            actions: string[];
                        };
                    };
                };
            };
        };
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/audit/csv": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** The lines that fit, as CSV; at most 100,000. Asks for the password again */
        get: {
            parameters: {
                query?: {
                    connection?: string;
                    action?: string;
                    actor?: string;
                    /** @description this instant and after */
                    from?: string;
                    /** @description before this instant */
                    to?: string;
                    /** @description lines with a lower number: `next` of the page before */
                    before?: number;
                };
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description text/csv */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": unknown;
                    };
                };
                /** @description Default Response */
                403: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": {
                            error: string;
                            /**
                             * @description What POST /api/v1/session/prove wants before the step is repeated; absent when the role forbids it.
                             * @enum {string}
                             */
                            needs?: "password" | "password-and-code";
                        };
                    };
                };
            };
        };
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/audit/verification": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Whether every line still follows the one before it, unchanged */
        get: {
            parameters: {
                query?: never;
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description Default Response */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": {
                            whole: boolean;
                            lines: number;
                            unchained: number;
                            heads: string[];
                            faults: string[];
                        };
                    };
                };
            };
        };
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/reconciliations": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** The newest finished comparison of exactly this period; null when there is none */
        get: {
            parameters: {
                query: {
                    connection?: string;
                    from: string;
                    to: string;
                };
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description Default Response */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": {
                            run: {
                                id: string;
                                kind: string;
                                state: string;
                                requestedBy: string;
                                requestedAt: string;
                                startedAt: string | null;
                                endedAt: string | null;
                                progress: {
                                    step: string;
                                    done: number;
                                    total: number;
                                } | null;
                                failure: string | null;
                            } | null;
                        };
                    };
                };
            };
        };
        put?: never;
        /** Compare a period on both sides, to the cent; changes nothing. Progress as with any run */
        post: {
            parameters: {
                query?: {
                    connection?: string;
                };
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody: {
                content: {
                    "application/json": {
                        /** Format: date */
                        from: string;
                        /** Format: date */
                        to: string;
                    };
                };
            };
            responses: {
                /** @description Default Response */
                202: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": {
                            run: {
                                id: string;
                                kind: string;
                                state: string;
                                requestedBy: string;
                                requestedAt: string;
                                startedAt: string | null;
                                endedAt: string | null;
                                progress: {
                                    step: string;
                                    done: number;
                                    total: number;
                                } | null;
                                failure: string | null;
                            };
                        };
                    };
                };
            };
        };
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/reconciliations/{id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** A reconciliation by its run: rows, findings and sums; null until it has ended */
        get: {
            parameters: {
                query?: {
                    connection?: string;
                };
                header?: never;
                path: {
                    id: string;
                };
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description Default Response */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": {
                            run: {
                                id: string;
                                kind: string;
                                state: string;
                                requestedBy: string;
                                requestedAt: string;
                                startedAt: string | null;
                                endedAt: string | null;
                                progress: {
                                    step: string;
                                    done: number;
                                    total: number;
                                } | null;
                                failure: string | null;
                            };
                            reconciliation: {
                                from: string;
                                to: string;
                                rows: {
                                    autotaskInvoiceId: number;
                                    company: string;
                                    currency: string;
                                    /** @enum {string} */
                                    state: "seen" | "waiting" | "parked" | "held" | "skipped" | "ready" | "posting" | "verifying" | "posted" | "written_back" | "voided" | "unknown";
                                    /** @enum {string} */
                                    result: "match" | "different" | "missing-in-quickbooks" | "missing-in-autotask" | "voided";
                                    reason: string;
                                    autotask: {
                                        invoiceNumber: string;
                                        date: string;
                                        net: string;
                                        tax: string;
                                        total: string;
                                        isVoided: boolean;
                                        processedAt: string | null;
                                        paidDate: string | null;
                                    } | null;
                                    quickbooks: {
                                        id: string;
                                        number: string;
                                        customer: string;
                                        date: string | null;
                                        net: string;
                                        tax: string;
                                        total: string;
                                        balance: string;
                                        isVoided: boolean;
                                        /** @enum {string} */
                                        link: "ledger" | "mark" | "number";
                                        copyNumber: number | null;
                                        updatedAt: string | null;
                                        editedAfterPosting: boolean;
                                    }[];
                                    difference: string;
                                    findings: string[];
                                }[];
                                findings: {
                                    code: string;
                                    who: string;
                                    text: string;
                                    remedy: string;
                                    autotaskInvoiceId: number;
                                    invoiceNumber: string;
                                    company: string;
                                    quickbooksId: string;
                                    field: string;
                                }[];
                                sums: {
                                    invoices: number;
                                    match: number;
                                    different: number;
                                    missingInQuickBooks: number;
                                    missingInAutotask: number;
                                    voided: number;
                                    findings: number;
                                    currencies: {
                                        currency: string;
                                        autotask: {
                                            invoices: number;
                                            net: string;
                                            tax: string;
                                            total: string;
                                        };
                                        quickbooks: {
                                            invoices: number;
                                            net: string;
                                            tax: string;
                                            total: string;
                                        };
                                        difference: string;
                                    }[];
                                };
                            } | null;
                        };
                    };
                };
            };
        };
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
}
export type webhooks = Record<string, never>;
export interface components {
    schemas: never;
    responses: never;
    parameters: never;
    requestBodies: never;
    headers: never;
    pathItems: never;
}
export type $defs = Record<string, never>;
export type operations = Record<string, never>;
