//! Test: the table of what is permitted before anything is forbidden.

use super::*;

/// What the policies that permit would open by themselves, so that a change of one is seen although another forbids what it opens.
#[test]
fn what_is_permitted_before_anything_is_forbidden() {
    let access = Access::load().unwrap();
    expect![[r#"
        ask, own: desk supervisor counsel privacy_officer records law_department
        ask, other: nobody
        ask, at one site: desk supervisor counsel privacy_officer records law_department
        list_requests, own: desk supervisor counsel privacy_officer records law_department oversight
        list_requests, other: law_department oversight
        list_requests, at one site: desk supervisor counsel privacy_officer records law_department oversight
        read_request, own: desk supervisor counsel privacy_officer records law_department oversight
        read_request, own, of a site: desk supervisor counsel privacy_officer records law_department oversight
        read_request, other: law_department oversight
        read_request, at its site: desk supervisor counsel privacy_officer records law_department oversight
        read_request, at another site: desk supervisor counsel privacy_officer records law_department oversight
        read_request, at one site, of none: desk supervisor counsel privacy_officer records law_department oversight
        read_request, other, at its site: law_department oversight
        record_request, own: desk supervisor privacy_officer records
        record_request, own, of a site: desk supervisor privacy_officer records
        record_request, other: desk supervisor privacy_officer records
        record_request, at its site: desk supervisor privacy_officer records
        record_request, at another site: desk supervisor privacy_officer records
        record_request, at one site, of none: desk supervisor privacy_officer records
        record_request, other, at its site: desk supervisor privacy_officer records
        state_deed, own: desk supervisor privacy_officer records
        state_deed, own, of a site: desk supervisor privacy_officer records
        state_deed, other: desk supervisor privacy_officer records
        state_deed, at its site: desk supervisor privacy_officer records
        state_deed, at another site: desk supervisor privacy_officer records
        state_deed, at one site, of none: desk supervisor privacy_officer records
        state_deed, other, at its site: desk supervisor privacy_officer records
        correct, own: desk supervisor privacy_officer records
        correct, own, of a site: desk supervisor privacy_officer records
        correct, other: desk supervisor privacy_officer records
        correct, at its site: desk supervisor privacy_officer records
        correct, at another site: desk supervisor privacy_officer records
        correct, at one site, of none: desk supervisor privacy_officer records
        correct, other, at its site: desk supervisor privacy_officer records
        attach_photograph, own: desk supervisor privacy_officer records
        attach_photograph, own, of a site: desk supervisor privacy_officer records
        attach_photograph, other: desk supervisor privacy_officer records
        attach_photograph, at its site: desk supervisor privacy_officer records
        attach_photograph, at another site: desk supervisor privacy_officer records
        attach_photograph, at one site, of none: desk supervisor privacy_officer records
        attach_photograph, other, at its site: desk supervisor privacy_officer records
        read_photograph, own: desk supervisor counsel privacy_officer records law_department oversight
        read_photograph, own, of a site: desk supervisor counsel privacy_officer records law_department oversight
        read_photograph, other: law_department oversight
        read_photograph, at its site: desk supervisor counsel privacy_officer records law_department oversight
        read_photograph, at another site: desk supervisor counsel privacy_officer records law_department oversight
        read_photograph, at one site, of none: desk supervisor counsel privacy_officer records law_department oversight
        read_photograph, other, at its site: law_department oversight
        state_funding, own: privacy_officer records
        state_funding, other: privacy_officer records
        state_funding, at one site: privacy_officer records
        state_duty, own: supervisor privacy_officer records
        state_duty, other: supervisor privacy_officer records
        state_duty, at one site: supervisor privacy_officer records
        sign_statement, own: supervisor privacy_officer
        sign_statement, other: supervisor privacy_officer
        sign_statement, at one site: supervisor privacy_officer
        dismiss_contact, own: privacy_officer
        dismiss_contact, other: privacy_officer
        dismiss_contact, at one site: privacy_officer
        read_filings, city: desk supervisor counsel privacy_officer records law_department oversight
        read_figure, own: desk supervisor counsel privacy_officer records law_department oversight
        read_figure, other: law_department oversight
        read_figure, at one site: desk supervisor counsel privacy_officer records law_department oversight
        approve, own: counsel privacy_officer records
        approve, own, made oneself: counsel privacy_officer records
        approve, other: counsel privacy_officer records
        approve, other, made oneself: counsel privacy_officer records
        approve, at one site: counsel privacy_officer records
        approve, disclosure: privacy_officer
        approve, own disclosure: privacy_officer
        approve, disclosure, sealed: privacy_officer
        approve, own disclosure, sealed: privacy_officer
        approve, disclosure of another agency: privacy_officer
        approve, own disclosure of another agency: privacy_officer
        approve, disclosure at its site: privacy_officer
        approve, own disclosure at its site: privacy_officer
        approve, disclosure at another site: privacy_officer
        approve, own disclosure at another site: privacy_officer
        approve, disclosure at one site, of none: privacy_officer
        approve, own disclosure at one site, of none: privacy_officer
        propose, disclosure: desk supervisor privacy_officer records
        propose, own disclosure: desk supervisor privacy_officer records
        propose, disclosure, sealed: desk supervisor privacy_officer records
        propose, own disclosure, sealed: desk supervisor privacy_officer records
        propose, disclosure of another agency: desk supervisor privacy_officer records
        propose, own disclosure of another agency: desk supervisor privacy_officer records
        propose, disclosure at its site: desk supervisor privacy_officer records
        propose, own disclosure at its site: desk supervisor privacy_officer records
        propose, disclosure at another site: desk supervisor privacy_officer records
        propose, own disclosure at another site: desk supervisor privacy_officer records
        propose, disclosure at one site, of none: desk supervisor privacy_officer records
        propose, own disclosure at one site, of none: desk supervisor privacy_officer records
        agree, disclosure: counsel
        agree, own disclosure: counsel
        agree, disclosure, sealed: counsel
        agree, own disclosure, sealed: counsel
        agree, disclosure of another agency: counsel
        agree, own disclosure of another agency: counsel
        agree, disclosure at its site: counsel
        agree, own disclosure at its site: counsel
        agree, disclosure at another site: counsel
        agree, own disclosure at another site: counsel
        agree, disclosure at one site, of none: counsel
        agree, own disclosure at one site, of none: counsel
        refuse, disclosure: counsel privacy_officer
        refuse, own disclosure: counsel privacy_officer
        refuse, disclosure, sealed: counsel privacy_officer
        refuse, own disclosure, sealed: counsel privacy_officer
        refuse, disclosure of another agency: counsel privacy_officer
        refuse, own disclosure of another agency: counsel privacy_officer
        refuse, disclosure at its site: counsel privacy_officer
        refuse, own disclosure at its site: counsel privacy_officer
        refuse, disclosure at another site: counsel privacy_officer
        refuse, own disclosure at another site: counsel privacy_officer
        refuse, disclosure at one site, of none: counsel privacy_officer
        refuse, own disclosure at one site, of none: counsel privacy_officer
        withdraw, disclosure: nobody
        withdraw, own disclosure: desk supervisor counsel privacy_officer records law_department oversight administrator
        withdraw, disclosure, sealed: nobody
        withdraw, own disclosure, sealed: desk supervisor counsel privacy_officer records law_department oversight administrator
        withdraw, disclosure of another agency: nobody
        withdraw, own disclosure of another agency: desk supervisor counsel privacy_officer records law_department oversight administrator
        withdraw, disclosure at its site: nobody
        withdraw, own disclosure at its site: desk supervisor counsel privacy_officer records law_department oversight administrator
        withdraw, disclosure at another site: nobody
        withdraw, own disclosure at another site: desk supervisor counsel privacy_officer records law_department oversight administrator
        withdraw, disclosure at one site, of none: nobody
        withdraw, own disclosure at one site, of none: desk supervisor counsel privacy_officer records law_department oversight administrator
        read_people, city: oversight administrator
        add_staff, own: administrator
        add_staff, other: administrator
        add_staff, at one site: administrator
        give_role, own: administrator
        give_role, own, oneself: administrator
        give_role, other: administrator
        give_role, own, Law Department: administrator
        give_role, own, oversight: administrator
        give_role, own, administrator: administrator
        give_role, at one site: administrator
        take_role, own: administrator
        take_role, own, oneself: administrator
        take_role, other: administrator
        take_role, own, Law Department: administrator
        take_role, own, oversight: administrator
        take_role, own, administrator: administrator
        take_role, at one site: administrator
        invite, own: administrator
        invite, own, without a post: administrator
        invite, own, of another agency, too: administrator
        invite, own, of another agency alone: administrator
        invite, own, of every agency: administrator
        invite, oneself: desk supervisor counsel privacy_officer records law_department oversight administrator
        invite, oneself, of another agency, too: desk supervisor counsel privacy_officer records law_department oversight administrator
        invite, oneself, of every agency: desk supervisor counsel privacy_officer records law_department oversight administrator
        invite, other: administrator
        invite, other, in a post of one's own agency: administrator
        invite, oneself, from another agency: desk supervisor counsel privacy_officer records law_department oversight administrator
        invite, at one site: administrator
        invite, oneself, at one site: desk supervisor counsel privacy_officer records law_department oversight administrator
        end_sessions, own: administrator
        end_sessions, own, without a post: administrator
        end_sessions, own, of another agency, too: administrator
        end_sessions, own, of another agency alone: administrator
        end_sessions, own, of every agency: administrator
        end_sessions, oneself: desk supervisor counsel privacy_officer records law_department oversight administrator
        end_sessions, oneself, of another agency, too: desk supervisor counsel privacy_officer records law_department oversight administrator
        end_sessions, oneself, of every agency: desk supervisor counsel privacy_officer records law_department oversight administrator
        end_sessions, other: administrator
        end_sessions, other, in a post of one's own agency: administrator
        end_sessions, oneself, from another agency: desk supervisor counsel privacy_officer records law_department oversight administrator
        end_sessions, at one site: administrator
        end_sessions, oneself, at one site: desk supervisor counsel privacy_officer records law_department oversight administrator
        revoke_passkey, own: administrator
        revoke_passkey, own, without a post: administrator
        revoke_passkey, own, of another agency, too: administrator
        revoke_passkey, own, of another agency alone: administrator
        revoke_passkey, own, of every agency: administrator
        revoke_passkey, oneself: desk supervisor counsel privacy_officer records law_department oversight administrator
        revoke_passkey, oneself, of another agency, too: desk supervisor counsel privacy_officer records law_department oversight administrator
        revoke_passkey, oneself, of every agency: desk supervisor counsel privacy_officer records law_department oversight administrator
        revoke_passkey, other: administrator
        revoke_passkey, other, in a post of one's own agency: administrator
        revoke_passkey, oneself, from another agency: desk supervisor counsel privacy_officer records law_department oversight administrator
        revoke_passkey, at one site: administrator
        revoke_passkey, oneself, at one site: desk supervisor counsel privacy_officer records law_department oversight administrator
        bind_account, own: administrator
        bind_account, own, without a post: administrator
        bind_account, own, of another agency, too: administrator
        bind_account, own, of another agency alone: administrator
        bind_account, own, of every agency: administrator
        bind_account, oneself: administrator
        bind_account, oneself, of another agency, too: administrator
        bind_account, oneself, of every agency: administrator
        bind_account, other: administrator
        bind_account, other, in a post of one's own agency: administrator
        bind_account, oneself, from another agency: administrator
        bind_account, at one site: administrator
        bind_account, oneself, at one site: administrator"#]].assert_eq(&table(&with(none_forbidden(&access.policies)), &Action::ALL));
}
