/** What facts/qbo.md quotes of the real service, to the letter but for the times that it leaves out; sections as marked. */
/** 1.4. */
export const token = `{"token_type":"bearer","access_token":"eyJ...","expires_in":3600,"refresh_token":"RT1-39-H0-17...","x_refresh_token_expires_in":8726400}`;
/** 1.4. */
export const invalidRefresh = `{"error":"invalid_grant","error_description":"Incorrect or invalid refresh token"}`;
/** 1.4. */
export const wrongType = `{"error":"invalid_grant","error_description":"Incorrect Token type or clientID"}`;
/** 1.4. */
export const invalidCode = `{"error":"invalid_grant","error_description":"Invalid authorization code"}`;
/** 1.4. */
export const bareGrant = `{"error":"invalid_grant"}`;
/** 1.4, status 401. */
export const invalidClient = `{"error":"invalid_client"}`;
/** section 8, status 401. */
export const unauthorized = `{"warnings":null,"intuitObject":null,"fault":{"error":[{"message":"message=AuthenticationFailed; errorCode=003200; statusCode=401","detail":"Token expired: AB01...","code":"3200","element":null}],"type":"AUTHENTICATION"},"report":null,"queryResponse":null,"batchItemResponse":[],"attachableResponse":[],"syncErrorResponse":null,"requestId":null,"time":1514764800000,"status":null,"cdcresponse":[]}`;
/** section 7, status 429; its time is ours. */
export const throttled = `{"Fault":{"Error":[{"Message":"message=ThrottleExceeded; errorCode=003001; statusCode=429","Detail":"The request limit was reached.  Try again later","code":"3001"}],"type":"SERVICE"},"time":"2016-08-08T09:19:21.923-07:00"}`;
/** 3.4. */
export const deletedInvoice = `{"Invoice":{"domain":"QBO","status":"Deleted","Id":"33"},"time":"2026-03-01T09:19:21.923-08:00"}`;
/** section 4. */
export const taxDetail = `{"TxnTaxDetail":{"TxnTaxCodeRef":{"value":"2"},"TotalTax":26.82,"TaxLine":[{"Amount":26.82,"DetailType":"TaxLineDetail","TaxLineDetail":{"TaxRateRef":{"value":"3"},"PercentBased":true,"TaxPercent":8,"NetAmountTaxable":335.25}}]}}`;
/** 3.4, what is sent. */
export const createInvoice = `{"DocNumber":"AT-20417","TxnDate":"2026-03-31","CustomerRef":{"value":"58"},"SalesTermRef":{"value":"3"},"BillEmail":{"Address":"ap@client.example"},"PrivateNote":"Autotask invoice 20417","Line":[{"DetailType":"SalesItemLineDetail","Amount":787.50,"Description":"Managed service, March","SalesItemLineDetail":{"ItemRef":{"value":"21"},"Qty":10.5,"UnitPrice":75,"ServiceDate":"2026-03-31","TaxCodeRef":{"value":"NON"}}}]}`;
/** 3.7. */
export const createCustomer = `{"DisplayName":"Acme Corp","CompanyName":"Acme Corp","PrimaryEmailAddr":{"Address":"ap@acme.example"},"BillAddr":{"Line1":"1 Main St","City":"Austin","CountrySubDivisionCode":"TX","PostalCode":"78701","Country":"USA"},"SalesTermRef":{"value":"3"}}`;
/** 3.7. */
export const createItem = `{"Name":"Managed Services","Type":"Service","IncomeAccountRef":{"value":"79"},"Taxable":false,"UnitPrice":75,"Description":"Hourly work"}`;
/** 3.7. */
export const createPayment = `{"CustomerRef":{"value":"58"},"TotalAmt":787.50,"TxnDate":"2026-04-10","Line":[{"Amount":787.50,"LinkedTxn":[{"TxnId":"130","TxnType":"Invoice"}]}]}`;
/** 3.7. */
export const createCreditMemo = `{"CustomerRef":{"value":"58"},"DocNumber":"AT-CM-9","Line":[{"DetailType":"SalesItemLineDetail","Amount":50,"SalesItemLineDetail":{"ItemRef":{"value":"21"},"Qty":1,"UnitPrice":50}}]}`;
/** 5.3. */
export const legacyWebhook = `{"eventNotifications":[{"realmId":"310687","dataChangeEvent":{"entities":[{"id":"1234","operation":"Create","name":"Invoice","lastUpdated":"2025-09-08T20:52:31.657Z"}]}}]}`;
/** 5.3. */
export const cloudEvents = `[{"specversion":"1.0","id":"88cd52aa-...","source":"intuit.dsnBgb...=","type":"qbo.invoice.created.v1","datacontenttype":"application/json","time":"2025-09-10T21:31:25.179851517Z","intuitentityid":"1234","intuitaccountid":"310687","data":{}}]`;
